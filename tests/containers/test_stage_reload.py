"""`docs/howto/call-aws-and-http.md` in containers: its values applied, its files brought in by `local -- reload`. On the stage of `test_stage`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from devkit.howto import apply_all
from devkit.local_stack.reload import reload
from devkit.local_stack.up import state_of
from jobctl.checkout import REPOSITORY
from jobctl.errors import CommandError
from jobctl.stop import StopSignals
from jobdeploy.images.building import build_images
from jobdeploy.images.docker import Docker as BuildDocker
from jobdeploy.progress import Progress
from jobdeploy.terraform_files import read_file
from localaws.ecs_agent import find_host_address

from ..system.crm import KEY, booked, crm, fill
from .checkout import Checkout
from .crowd import trigger
from .stage_run import ROOM_SECONDS, StageRun

pytestmark = pytest.mark.timeout(600)

PAGE = REPOSITORY / "docs/howto/call-aws-and-http.md"
SERVICE = "background-job"
HANDLERS = "services/background-job/src/background_job/handlers.py"


@pytest.fixture
def followed(tmp_path: Path) -> Checkout:
    checkout = Checkout(tmp_path)
    apply_all(PAGE, tmp_path)
    subprocess.run(["uv", "add", "--no-sync", f"--package={SERVICE}", "boto3", "urllib3"], cwd=tmp_path, check=True)
    return checkout


def test_the_job_of_the_page_is_done_once_its_files_are_reloaded_and_what_ran_before_loses_none(
    run: StageRun, followed: Checkout
) -> None:
    before = set(run.docker.run("images", "--format={{.Repository}}:{{.Tag}}").split())
    values = read_file(followed.folder / "infra/terraform/environments/dev/terraform.tfvars")["background_job"]
    dynamodb, ssm = run.stage.clients("dynamodb"), run.stage.clients("ssm")
    address = find_host_address(run.docker)
    with StopSignals() as stop, crm(address.listen) as service:
        try:
            fill(run.stage.clients("s3"), dynamodb)
            name = values["secrets"]["CRM_TOKEN"].partition(":parameter")[2]
            ssm.put_parameter(Name=name, Type="SecureString", Value="the stage's")
            values["environment"]["CRM_URL"] = f"http://{address.name}:{service.server_port}"
            run.stage.apply({"background_job": values})
            build_images(followed.folder, BuildDocker(stop), Progress(), [SERVICE])
            (held,) = run.send([trigger(seconds=8)])
            run.event_of(held, "job.started")
            reload(stop, run.docker, state_of(run.stage), SERVICE, followed.folder)
            (sent,) = run.send([(followed.folder / "trigger.json").read_text()])
            assert {story.correlation_id: story.attempts for story in run.completed([held, sent])} == {held: 1, sent: 2}
            assert booked(dynamodb) == {KEY: service.asked[0][1]["id"]}
            assert (
                service.asked
                == [("Bearer the stage's", {"customer": "acme", "total": 12, "id": booked(dynamodb)[KEY]})] * 2
            )

            followed.change(
                HANDLERS, "from typing import", 'raise RuntimeError("broken on purpose")\nfrom typing import'
            )
            with pytest.raises(CommandError, match="RuntimeError: broken on purpose"):
                reload(stop, run.docker, state_of(run.stage), SERVICE, followed.folder)
            reload(stop, run.docker, state_of(run.stage), SERVICE)
            run.stage.settle(ROOM_SECONDS)
        finally:
            for tag in set(run.docker.run("images", "--format={{.Repository}}:{{.Tag}}").split()) - before:
                if f"/{SERVICE}:" in tag:
                    run.docker.run("rmi", "--force", tag)
