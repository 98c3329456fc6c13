"""From a commit to running jobs, again, badly, back, and away: the deploy steps as commands, with Terraform, Docker and a real registry.

One target for all tests, which come in order: each leaves a stack whose jobs work, and the last one nothing. Needs Docker, Terraform and
`docker-registry`; fails without one of them, and says which.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator

import pytest

from devkit.infra_check.leftovers import find_resources
from devkit.local_deploy import open_local
from jobctl.stop import StopSignals
from jobdeploy.progress import Progress
from jobdeploy.settings import read_settings
from localaws.aws import only_local_credentials
from localaws.docker import Docker
from localaws.fargate.containers import find_containers

from .checkout import Checkout
from .deploy_run import LABEL, DeployRun
from .stage_run import until

pytestmark = pytest.mark.timeout(900)

MAIN, BACKGROUND = "main-job", "background-job"
SERVICES = {MAIN, BACKGROUND}
REVISION = "label=org.opencontainers.image.revision"
USUAL, NEW = "main-job-processing", "rehearse"
"""Job types: one that every version knows, and one of the second version."""
WHY = "cannot start: the table of handlers is not there"
CRASH = f"""\
import os, sys
if "ECS_AGENT_URI" in os.environ:  # in a task, and not while the image is built
    sys.exit("{WHY}")
"""


@pytest.fixture(scope="module")
def run(docker: Docker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployRun]:
    checkout = Checkout(tmp_path_factory.mktemp("checkout"))
    settings = read_settings(checkout.folder)
    person = dict(os.environ)
    only_local_credentials(os.environ)
    with StopSignals() as stop:
        with open_local(settings, "dev", stop, Progress(), repository=checkout.folder, label=LABEL) as target:
            values = "\n".join(f"{name} = {json.dumps(value)}" for name, value in target.values.items())
            (target.terraform / "environments/dev/local.tfvars").write_text(values)
            # In this copy only: a roll waits for a health check, and 5 s is the shortest interval that ECS takes.
            containers = target.terraform / "modules/worker/containers.tf"
            containers.write_text(re.sub(r"(interval +=) 30", r"\1 5", containers.read_text()))
            one = DeployRun(target, checkout)
            yield one
            one.close()
        registry = str(target.registry)
    os.environ.clear()
    os.environ.update(person)
    assert find_containers(docker, LABEL) == []
    assert registry not in docker.run("images", "--format={{.Repository}}"), "what was pulled is left"
    ids = {
        one for each in checkout.revisions for one in docker.run("images", "-q", f"--filter={REVISION}={each}").split()
    }
    if ids:
        docker.run("rmi", "--force", *ids)


def test_a_deployment_that_is_interrupted_comes_to_its_end(run: DeployRun, docker: Docker) -> None:
    """In a build and in a rollout; between them, two at once: `tools/deploy/tests/test_flow.py`."""
    first = run.interrupted("deploy", "build and push base, background-job, main-job ...")
    assert "apply the bootstrap ... ok" in first
    assert "Stopped. The same command goes on from here." in first
    assert run.objects() == {"bootstrap.tfstate"}, "no lock stays"

    run.interrupted("deploy", "\nwatch ")
    until(lambda: healthy(docker, MAIN), "the main job's task is healthy", 120)
    assert run.objects() == {"bootstrap.tfstate", "dev/stack.tfstate"}, "no lock stays"

    said = run.run("deploy")
    assert said.count(", was there") == 4, "no image is pushed again"
    assert "no changes" in said
    assert re.search(r"smoke: a trigger through both services \.\.\. ok, .* \(job \w{26}\)", said)
    assert " INFO completed" in said
    check_what_runs(run, docker, run.checkout.revisions[0][:7])


def healthy(docker: Docker, name: str) -> list[str]:
    """The ids of the containers of this name whose health check has passed."""
    found = find_containers(docker, LABEL)
    return [one.container_id for one in found if one.name == name and one.running and one.health == "healthy"]


def check_what_runs(run: DeployRun, docker: Docker, revision: str) -> None:
    """Tasks of the registered definitions, whose images were pulled by the digests that stand there."""
    outputs, ecs = run.outputs(), run.target.clients("ecs")
    standing = run.standing()
    for service in SERVICES:
        registered = outputs["services"][service]["ecs_task_definition_arn"]
        ((task_id, definition),) = run.tasks(service).items()
        assert definition == registered
        described = ecs.describe_task_definition(taskDefinition=registered)["taskDefinition"]
        wanted = {one["name"]: one["image"] for one in described["containerDefinitions"]}
        assert all("@sha256:" in image for image in wanted.values())
        containers = {one.name: one for one in find_containers(docker, LABEL) if one.task_id == task_id}
        for name, image in wanted.items():
            (used,) = json.loads(docker.run("inspect", containers[name].container_id))
            assert used["Config"]["Image"] == image.replace(run.target.ecr, str(run.target.registry))
            (pulled,) = json.loads(docker.run("image", "inspect", used["Image"]))
            assert used["Config"]["Image"] in pulled["RepoDigests"]
        said = standing[service]
        assert (said["running"], said["wanted"], said["pending"]) == (1, 1, 0)
        assert {one["reference"] for one in said["images"]} == set(wanted.values())
        assert revision in " ".join(one["tag"] for one in said["images"])
        assert said["deployment"] == "SUCCESSFUL"
        assert said["queue"]["waiting"] == said["dead_letters"]["waiting"] == 0
    assert standing["alarms"] == []


def test_a_new_job_type_meets_workers_that_know_it_while_triggers_flow(run: DeployRun) -> None:
    before = {service: run.tasks(service) for service in SERVICES}
    run.checkout.change(
        "services/background-job/src/background_job/jobs.py",
        '"simulate": handlers.simulate,',
        f'"simulate": handlers.simulate,\n        "{NEW}": handlers.process_main_job,',
    )
    run.checkout.change(
        "services/main-job/src/main_job/handlers.py",
        '    return {"trigger": context.type,',
        f'    context.send_job("{NEW}", {{}})\n    return {{"trigger": context.type,',
    )
    run.checkout.commit()
    with run.load() as sent:
        deploying = run.start("deploy")
        deploying.until(f"watch {BACKGROUND} ... ok")
        assert run.tasks(MAIN) == before[MAIN], "who sends the new type waits until who receives it is there"
        assert not run.tasks(BACKGROUND).keys() & before[BACKGROUND].keys()
        said = deploying.end()
        until(
            lambda: len(run.completed(sent[-5:], NEW)) >= 5, "the new main job's triggers become jobs of the new type"
        )
    assert said.count("was there") == 2, "base and collector are not pushed again"
    assert not run.tasks(MAIN).keys() & before[MAIN].keys()
    until(lambda: len(run.completed(sent, USUAL)) == len(sent), "every trigger's job completed")
    assert len(sent) > len(run.completed(sent, NEW)) > 0, "both versions of the main job took triggers"
    assert not [one for one in run.job_events() if one.event in ("job.unsupported", "job.rejected")]
    assert run.dead_letters() == 0


def test_one_changed_service_is_replaced_alone_though_its_apply_was_interrupted(run: DeployRun) -> None:
    before = {service: run.tasks(service) for service in SERVICES}
    run.checkout.change(
        "services/background-job/src/background_job/handlers.py",
        "processing the main job's result",
        "taking up the main job's result",
    )
    run.checkout.commit()
    first = run.start("deploy")
    first.until(f"\napply {run.target.name} ...")
    until(lambda: "dev/stack.tfstate.tflock" in run.objects(), "the apply has begun")
    first.interrupt()
    assert "Terraform ends what it has begun" in first.end(130)
    assert not [key for key in run.objects() if key.endswith(".tflock")]
    run.run("deploy")
    assert run.tasks(MAIN) == before[MAIN]
    assert not run.tasks(BACKGROUND).keys() & before[BACKGROUND].keys()


def test_a_version_that_crashes_is_told_with_its_last_words_though_its_service_slept(run: DeployRun) -> None:
    before = {service: run.tasks(service) for service in SERVICES}
    outputs = run.outputs()
    where = {"cluster": outputs["ecs_cluster_name"], "service": outputs["services"][MAIN]["ecs_service_name"]}
    run.target.clients("ecs").update_service(**where, desiredCount=0)
    until(lambda: not run.tasks(MAIN), "it sleeps")
    file = run.checkout.folder / "services/main-job/src/main_job/jobs.py"
    text = file.read_text()
    file.write_text(text.replace("from main_job import handlers\n", f"from main_job import handlers\n\n{CRASH}"))
    run.checkout.commit()

    said = run.run("deploy", code=6)
    assert f"{MAIN} sleeps: one task is started." in said
    assert f"The deployment of {MAIN} is ROLLBACK_SUCCESSFUL." in said
    assert "The version before runs on." in said
    assert "Essential container in task exited" in said
    assert WHY in said
    assert "\nsmoke" not in said
    assert run.tasks(BACKGROUND) == before[BACKGROUND]
    assert set(run.tasks(MAIN).values()) == set(before[MAIN].values()), "the version before"
    assert not [key for key in run.objects() if key.endswith(".tflock")]
    sent = [run.send()]
    until(lambda: run.completed(sent, USUAL) and run.completed(sent, NEW), "jobs still work")
    file.write_text(text)
    run.checkout.commit()


def test_a_rollback_gets_rid_of_it_and_touches_no_other_service(run: DeployRun) -> None:
    before = {service: run.tasks(service) for service in SERVICES}
    images = references(run)
    said = run.run("rollback")
    assert "Back to:" in said
    assert " INFO completed" in said
    assert run.tasks(BACKGROUND) == before[BACKGROUND]
    assert not run.tasks(MAIN).keys() & before[MAIN].keys()
    drift = run.start("drift")
    assert references(run) == images
    assert "no drift" in drift.end()


def references(run: DeployRun) -> dict[str, list[str]]:
    """The images of each service, by digest, as `jobctl status` tells them; each has a version and a task that runs."""
    standing = run.standing()
    found = [standing[service] for service in sorted(SERVICES)]
    assert [one["running"] for one in found] == [1, 1]
    assert all(image["tag"] for one in found for image in one["images"])
    return {one["name"]: [image["reference"] for image in one["images"]] for one in found}


def test_in_the_end_nothing_is_left(run: DeployRun, docker: Docker) -> None:
    said = run.run("destroy", "--bootstrap")
    assert "Queues, with their messages:" in said
    until(lambda: not find_containers(docker, LABEL), "no container is left")
    assert not find_resources(run.target.clients) - run.before
    assert not list(run.target.terraform.glob("bootstrap/*.tfstate*")), "nor a state beside its root"
