"""ECS services and their tasks in real containers: as many as wanted, replaced, rolled, removed. Needs Docker; fails without it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from localaws.aws import CREDENTIALS, REGION, start_aws
from localaws.docker import Docker
from localaws.fargate.containers import find_containers, remove_all
from localaws.fargate.scheduler import Scheduler
from localaws.fargate.view import FAILED_HEALTH, Health, State, StopCode, TaskView
from localaws.processes import Processes

from .tasks import ABSENT, IMAGE, REGISTERED, WAIT, PlainHost, container, registered

SECONDS = 60.0
CLUSTER = "cluster"


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    with Processes("fargate-tests-") as processes:
        yield start_aws(processes).endpoint()


@pytest.fixture
def ecs(aws: str) -> Iterator[Any]:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    client = boto3.client("ecs", endpoint_url=aws, region_name=REGION, **keys)
    client.create_cluster(clusterName=CLUSTER)
    yield client
    client.delete_cluster(cluster=CLUSTER)
    client.close()


@pytest.fixture
def scheduler(docker: Docker, ecs: Any, project: str, host: PlainHost) -> Iterator[Scheduler]:
    one = Scheduler(docker, ecs, CLUSTER, project, host)
    one.start()
    yield one
    assert one.close(SECONDS)


@pytest.fixture
def service(ecs: Any, scheduler: Scheduler) -> Iterator[Callable[..., str]]:
    names: list[str] = []

    def create(*containers: dict[str, Any], count: int = 1) -> str:
        names.append(f"service-{uuid.uuid4().hex[:6]}")
        arn = register(ecs, names[-1], *containers)
        ecs.create_service(cluster=CLUSTER, serviceName=names[-1], taskDefinition=arn, desiredCount=count)
        return names[-1]

    yield create
    for name in names:
        ecs.delete_service(cluster=CLUSTER, service=name, force=True)
    scheduler.wait(lambda tasks: all(task.state is State.STOPPED for task in tasks), SECONDS, "no task is left")


def register(ecs: Any, family: str, *containers: dict[str, Any]) -> str:
    said = ecs.register_task_definition(**registered(*containers, family=family))
    return str(said["taskDefinition"]["taskDefinitionArn"])


def ready(tasks: tuple[TaskView, ...]) -> list[TaskView]:
    return [task for task in tasks if task.ready and task.why is None]


def test_an_unhealthy_task_is_replaced(scheduler: Scheduler, service: Callable[..., str]) -> None:
    checked = {"command": ["CMD", "python", "-c", "open('/tmp/sick')"], "interval": 5, "retries": 1}
    linux = {"initProcessEnabled": True, "tmpfs": [{"containerPath": "/tmp", "size": 1}]}
    sick_later = "open('/tmp/sick', 'w').close()\n" + WAIT.replace(
        "while True", "import os, time; time.sleep(8); os.remove('/tmp/sick')\nwhile True"
    )
    service(container(program=sick_later, healthCheck=checked, linuxParameters=linux))
    (first,) = ready(scheduler.wait(ready_one, SECONDS, "a healthy task"))
    assert first.health is Health.HEALTHY
    tasks = scheduler.wait(lambda tasks: tasks[0].state is State.STOPPED, SECONDS, "the unhealthy one is stopped")
    assert (tasks[0].task_id, tasks[0].why) == (first.task_id, FAILED_HEALTH)


def test_a_task_that_cannot_start_is_tried_again_and_the_service_recovers(
    scheduler: Scheduler, service: Callable[..., str], host: PlainHost
) -> None:
    host.images = {REGISTERED: ABSENT}
    service()
    tasks = scheduler.wait(lambda tasks: [task.state for task in tasks].count(State.STOPPED) == 2, SECONDS)
    for task in tasks[:2]:
        assert task.why is not None
        assert task.why.code is StopCode.TASK_FAILED_TO_START
        assert task.why.reason.startswith("CannotPullContainerError: ")
    host.images = {REGISTERED: IMAGE}
    scheduler.wait(ready_one, SECONDS, "a task")


def test_everything_that_a_killed_tool_left_is_found_and_removed(
    docker: Docker, project: str, aws: str, ecs: Any
) -> None:
    name = f"service-{project}"
    ecs.create_service(cluster=CLUSTER, serviceName=name, taskDefinition=register(ecs, name), desiredCount=2)
    program = KILLED_TOOL.format(folder=Path(__file__).parent, aws=aws, cluster=CLUSTER, project=project)
    environ = {**os.environ, **CREDENTIALS}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environ) as tool:
        assert tool.stdout is not None
        assert tool.stdout.readline() == "ready\n"
        tool.send_signal(signal.SIGKILL)
    assert [found.running for found in find_containers(docker, project)] == [True] * 4
    assert remove_all(docker, project) == 4
    assert find_containers(docker, project) == []
    ecs.delete_service(cluster=CLUSTER, service=name, force=True)


KILLED_TOOL = """
import importlib.util, boto3
spec = importlib.util.spec_from_file_location("tasks", "{folder}/tasks.py")
tasks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tasks)
from localaws.docker import Docker
from localaws.fargate.scheduler import Scheduler
docker = Docker()
ecs = boto3.client("ecs", endpoint_url="{aws}")
scheduler = Scheduler(docker, ecs, "{cluster}", "{project}", tasks.PlainHost(docker))
scheduler.start()
scheduler.wait(lambda seen: sum(task.ready for task in seen) == 2, 60)
print("ready", flush=True)
scheduler.wait(lambda seen: False, 60)
"""


def ready_one(tasks: tuple[TaskView, ...]) -> bool:
    return len(ready(tasks)) == 1
