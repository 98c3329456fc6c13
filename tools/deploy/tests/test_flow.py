"""From nothing to deployed, interrupted anywhere, two at once, to nothing again: real Terraform, real states and locks in the local AWS."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from jobctl.environment.paused import BeforePause, add_paused, read_paused, remove_paused
from jobdeploy.locks import remove_lock
from jobdeploy.target import DeployTarget

from .deploying import HOLD, REFUSE, SILENT, main
from .small_roots import BEGUN, WAIT, make_boundary, make_small, needs_terraform

pytestmark = needs_terraform
SECONDS = 60.0


class Deployments:
    """Deployments to one target: in processes of their own, for signals, and in this one."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.target = make_small(endpoint, folder)
        self._folder = folder
        self._processes: list[subprocess.Popen[str]] = []

    def start(self, step: str = "deploy", images: str = "12") -> subprocess.Popen[str]:
        """A run on its way."""
        program = Path(__file__).with_name("deploying.py")
        process = subprocess.Popen(
            [sys.executable, str(program), *self._arguments(step, images)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._processes.append(process)
        return process

    def run(self, step: str = "deploy", images: str = "12") -> tuple[int, str]:
        """The exit code and the output of a whole run, in this process."""
        with redirect_stdout(StringIO()) as said:
            code = main(*self._arguments(step, images))
        return code, said.getvalue()

    def _arguments(self, step: str, images: str) -> list[str]:
        target = self.target
        return [step, str(target.endpoint_url), str(self._folder), target.project, images[0], images[1]]

    def file(self, name: str) -> Path:
        """One that the stack's apply looks at."""
        return self.target.stack / name

    def hold_rollout(self) -> Path:
        """While the file is there no rollout ends."""
        file = self._folder / HOLD
        file.touch()
        return file

    def register(self, main: str, background: str) -> None:
        """As Terraform would have registered these images, and ECS would run them."""
        ecs = self.target.clients("ecs")
        ecs.create_cluster(clusterName="c")
        services = {}
        for name, digit in (("main-job", main), ("background-job", background)):
            image = f"{self.target.ecr}/x@sha256:{digit * 64}"
            container = {"name": name, "image": image, "memory": 128}
            said = ecs.register_task_definition(family=name, containerDefinitions=[container])
            arn = said["taskDefinition"]["taskDefinitionArn"]
            service = f"{self.target.project}-{name}"
            ecs.create_service(cluster="c", serviceName=service, taskDefinition=arn, desiredCount=1)
            services[name] = {"ecs_service_name": service, "ecs_task_definition_arn": arn}
        self.file("services.json").write_text(json.dumps(services))

    def desired_count(self, name: str, count: int | None = None) -> int:
        """Of a registered service; `count` sets it."""
        ecs, service = self.target.clients("ecs"), f"{self.target.project}-{name}"
        if count is not None:
            ecs.update_service(cluster="c", service=service, desiredCount=count)
        (found,) = ecs.describe_services(cluster="c", services=[service])["services"]
        return int(found["desiredCount"])

    def state(self) -> dict[str, Any]:
        """The stack's outputs and resources, as they are in the bucket."""
        key = f"{self.target.environment}/stack.tfstate"
        body = self.target.clients("s3").get_object(Bucket=self.target.state_bucket, Key=key)["Body"].read()
        state: dict[str, Any] = json.loads(body)
        return state

    def objects(self) -> set[str]:
        """What is in the bucket."""
        found = self.target.clients("s3").list_objects_v2(Bucket=self.target.state_bucket).get("Contents", [])
        return {one["Key"] for one in found}

    def close(self) -> None:
        """No process stays."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.communicate()


def until(so: Callable[[], bool]) -> None:
    """Waits for what another process does."""
    deadline = time.monotonic() + SECONDS
    while not so():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """What a process says, up to a line with this text."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if text in line:
            return said
    raise AssertionError(f"it ended without {text!r}:\n{said}")


@pytest.fixture
def deployments(endpoint: str, tmp_path: Path) -> Iterator[Deployments]:
    one = Deployments(endpoint, tmp_path)
    yield one
    one.close()


@pytest.fixture
def bucket(deployments: Deployments) -> DeployTarget:
    """The bootstrap is there: made by whoever came before, from another checkout."""
    target = deployments.target
    target.clients("s3").create_bucket(Bucket=target.state_bucket)
    for name in ("base", "collector", "main-job", "background-job"):
        target.clients("ecr").create_repository(repositoryName=f"{target.project}/{name}")
    make_boundary(target)
    return target


def test_from_nothing_to_deployed_again_and_to_nothing(deployments: Deployments) -> None:
    code, said = deployments.run()
    assert code == 0, said
    order = [
        said.index(one)
        for one in ("apply the bootstrap", "gate", "watch background-job main-job", "\nsmoke [", "recorded")
    ]
    assert order == sorted(order)
    assert deployments.objects() == {"bootstrap.tfstate", "dev/stack.tfstate"}, "the states, and no lock"
    assert not list(deployments.target.terraform.glob("**/*.tfstate*.backup"))

    code, said = deployments.run()
    assert code == 0, said
    assert "look for the bootstrap ... ok" in said
    assert "(complete)" in said
    assert "no changes" in said

    logs = deployments.target.clients("logs")
    again = f"/aws/ecs/containerinsights/{deployments.target.name}-cluster/performance"
    logs.create_log_group(logGroupName=again)  # Container Insights writes its group once more
    code, said = deployments.run("destroy-bootstrap")
    assert code == 0, said
    assert logs.describe_log_groups(logGroupNamePrefix=again)["logGroups"] == []
    s3 = deployments.target.clients("s3")
    assert deployments.target.state_bucket not in {one["Name"] for one in s3.list_buckets()["Buckets"]}
    assert not list((deployments.target.terraform / "bootstrap").glob("*.tfstate*"))


def test_with_a_paused_service_nothing_is_sent_through_and_nothing_is_called_working(
    deployments: Deployments, bucket: DeployTarget
) -> None:
    ssm, name = bucket.clients("ssm"), f"/{bucket.project}/dev/paused"
    add_paused(ssm, name, "background-job", BeforePause("2026-01-01T00:00:00Z", 2, None))
    code, said = deployments.run()
    assert code == 0, said
    assert "Paused: background-job." in said
    assert "\nsmoke [" not in said
    assert "recorded" not in said
    assert set(read_paused(ssm, name)) == {"background-job"}, "it is still paused"

    remove_paused(ssm, name, "background-job")
    code, said = deployments.run()
    assert code == 0, said
    assert said.index("\nsmoke [") < said.index("recorded")


def test_a_sleeping_service_is_woken_before_the_apply_and_a_paused_one_has_no_task_after_it(
    deployments: Deployments, bucket: DeployTarget
) -> None:
    deployments.register("1", "2")
    deployments.desired_count("main-job", 0)
    bucket.clients("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/c/{bucket.project}-main-job",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=0,
        MaxCapacity=3,
    )
    assert deployments.run()[0] == 0

    add_paused(
        bucket.clients("ssm"),
        f"/{bucket.project}/dev/paused",
        "background-job",
        BeforePause("2026-01-01T00:00:00Z", 1, None),
    )
    code, said = deployments.run(images="32")
    assert code == 0, said
    order = [
        said.index(one)
        for one in ("plan ", "main-job sleeps", "apply ", "background-job is paused, and the apply", "watch")
    ]
    assert order == sorted(order), said
    assert deployments.desired_count("main-job") == 1
    assert deployments.desired_count("background-job") == 0


def test_a_setting_that_an_image_needs_and_nobody_gives_is_named_before_anything_is_applied(
    deployments: Deployments, bucket: DeployTarget
) -> None:
    environment = deployments.file("environment.json")
    environment.write_text(json.dumps({"main-job": ["LOG_LEVEL"], "background-job": ["ANYTHING"]}))
    code, said = deployments.run()
    assert code == 7, said
    assert (
        "main-job: CRM_URL is not set, and its image needs it: main_job = { environment = { CRM_URL = value } }" in said
    )
    assert "infra/terraform/environments/dev/terraform.tfvars" in said
    assert "apply " not in said.partition("look for the bootstrap")[2]
    assert "dev/stack.tfstate" not in deployments.objects()

    environment.write_text(
        json.dumps({"main-job": ["CRM_URL", "CRM_ULR", "OTEL_TRACES_SAMPLER"], "background-job": []})
    )
    code, said = deployments.run()
    assert code == 0, said
    assert "main-job: CRM_ULR: no setting of its image" in said


def test_a_version_whose_smoke_test_is_refused_stays_and_the_way_back_is_named(
    deployments: Deployments, bucket: DeployTarget, tmp_path: Path
) -> None:
    (tmp_path / REFUSE).touch()
    code, said = deployments.run(images="34")
    assert code == 1, said
    assert "refused by a task of it" in said
    assert "Next: `nox -s rollback` brings the one before back" in said
    assert "Back to:" not in said
    assert "3" * 64 in json.dumps(deployments.state()["outputs"])


def test_asked_to_it_takes_such_a_version_back_under_the_same_lock(
    deployments: Deployments, bucket: DeployTarget, tmp_path: Path
) -> None:
    assert deployments.run()[0] == 0
    (tmp_path / REFUSE).touch()
    deployments.register("3", "4")
    code, said = deployments.run("deploy-or-back", images="34")
    assert code == 6, said
    before, _, after = said.partition("Back to:")
    assert "refused by a task of it" in before
    order = [after.index(one) for one in ("watch main-job", "watch background-job", "recorded")]
    assert order == sorted(order), said
    assert "restored, and works" in said
    assert "1" * 64 in json.dumps(deployments.state()["outputs"])
    assert not [key for key in deployments.objects() if key.endswith(".tflock")]


def test_a_smoke_test_that_is_only_late_takes_nothing_back(
    deployments: Deployments, bucket: DeployTarget, tmp_path: Path
) -> None:
    (tmp_path / SILENT).touch()
    code, said = deployments.run("deploy-or-back", images="34")
    assert code == 1, said
    assert "not completed in time" in said
    assert "Back to:" not in said


def test_ctrl_c_in_an_apply_leaves_no_lock_and_the_next_run_goes_on(
    deployments: Deployments, bucket: DeployTarget
) -> None:
    deployments.file(WAIT).touch()
    first = deployments.start()
    until(deployments.file(BEGUN).exists)
    first.send_signal(signal.SIGINT)
    read_until(first, "Terraform ends what it has begun")
    deployments.file(WAIT).unlink()
    assert first.wait(SECONDS) == 130
    assert not [key for key in deployments.objects() if key.endswith(".tflock")]
    code, said = deployments.run()
    assert code == 0, said
    assert {one["name"] for one in deployments.state()["resources"]} == {"images", "slow", "after"}


def test_the_second_of_two_deployments_says_who_holds_the_lock_and_ctrl_c_in_the_first_gives_it_back(
    deployments: Deployments, bucket: DeployTarget
) -> None:
    hold = deployments.hold_rollout()
    first = deployments.start()
    read_until(first, "watch")
    code, said = deployments.run(images="99")
    assert code == 4, said
    assert f"{bucket.name} is locked by" in said
    assert "(deploy) since 20" in said
    assert "Next: wait, or ask them" in said
    assert "1" * 64 in json.dumps(deployments.state()["outputs"]), "the first's images, as they were"
    first.send_signal(signal.SIGINT)
    assert first.wait(SECONDS) == 130
    hold.unlink()
    code, said = deployments.run()
    assert code == 0, said
    assert "watch background-job main-job" in said, "what was interrupted is watched again, though the plan is empty"


def test_ctrl_c_in_the_bootstrap_is_gone_on_from(deployments: Deployments) -> None:
    bootstrap = deployments.target.terraform / "bootstrap"
    made = (bootstrap / "bucket.py").read_text()
    (bootstrap / "bucket.py").write_text(
        made
        + "import pathlib, time\npathlib.Path('begun').touch()\nwhile pathlib.Path('wait').exists(): time.sleep(0.02)\n"
    )
    (bootstrap / WAIT).touch()
    first = deployments.start()
    until((bootstrap / BEGUN).exists)
    first.send_signal(signal.SIGINT)
    read_until(first, "Terraform ends what it has begun")
    (bootstrap / WAIT).unlink()
    assert first.wait(SECONDS) == 130
    # Terraform kills a provisioner: the bucket is there and its resource is tainted, so that it is removed and made again.
    code, said = deployments.run()
    assert code == 0, said
    assert "bootstrap.tfstate" in deployments.objects()


def test_a_killed_run_leaves_a_lock_that_can_be_removed(deployments: Deployments, bucket: DeployTarget) -> None:
    deployments.hold_rollout()
    first = deployments.start()
    read_until(first, "watch")
    first.kill()
    first.wait(SECONDS)
    code, said = deployments.run()
    assert code == 4, said
    lock_id = said.rpartition("nox -s unlock -- ")[2].split()[0]
    assert remove_lock(bucket, lock_id)
    (deployments.target.repository / HOLD).unlink()
    code, said = deployments.run()
    assert code == 0, said


def test_a_state_that_terraform_itself_has_locked_is_told_with_its_holder(
    deployments: Deployments, bucket: DeployTarget
) -> None:
    held = {
        "ID": "8e0a3d1c-0000-0000-0000-000000000000",
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": "ada@elsewhere",
        "Version": "1.11.4",
        "Created": "2026-01-02T03:04:05.123456789Z",
        "Path": f"{bucket.state_bucket}/dev/stack.tfstate",
    }
    s3 = bucket.clients("s3")
    s3.put_object(Bucket=bucket.state_bucket, Key="dev/stack.tfstate.tflock", Body=json.dumps(held).encode())
    code, said = deployments.run()
    assert code == 4, said
    assert "ada@elsewhere" in said
    assert "Next: wait for that run" in said


def test_terraform_goes_on_alone_when_the_tool_is_killed(deployments: Deployments, bucket: DeployTarget) -> None:
    deployments.file(WAIT).touch()
    first = deployments.start(images="32")
    until(deployments.file(BEGUN).exists)
    first.kill()
    first.wait(SECONDS)
    deployments.file(WAIT).unlink()
    until(lambda: "dev/stack.tfstate.tflock" not in deployments.objects())
    assert "3" * 64 in json.dumps(deployments.state()["outputs"])


def test_drift_of_what_was_never_deployed_says_so(deployments: Deployments, bucket: DeployTarget) -> None:
    code, said = deployments.run("drift")
    assert code == 1, said
    assert f"{bucket.name} has not been deployed in account" in said


def test_the_bootstrap_stays_while_another_environment_is_left(deployments: Deployments, bucket: DeployTarget) -> None:
    assert deployments.run()[0] == 0
    assert deployments.run("deploy-prod")[0] == 0
    code, said = deployments.run("destroy-bootstrap")
    assert code == 7, said
    assert "There are still environments: prod." in said
    assert deployments.state()["resources"] == []
    assert "prod/stack.tfstate" in deployments.objects()
