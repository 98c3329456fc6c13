"""ECS's deployments with real containers: a good version is rolled out, one that crashes is taken back. Needs Docker; fails without it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import boto3
import pytest

from localaws.aws import CREDENTIALS, REGION, start_aws
from localaws.docker import Docker
from localaws.fargate.scheduler import Scheduler
from localaws.fargate.view import State, TaskView
from localaws.processes import Processes

from .tasks import PlainHost, container, registered

SECONDS = 90.0
HEALTHY = {"command": ["CMD", "true"], "interval": 5}
CRASHING = "import sys; sys.exit('cannot read its settings')"


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    with Processes("deployment-tests-") as processes:
        yield start_aws(processes).endpoint()


class Service:
    """One service in a cluster of its own, and the scheduler that runs it."""

    def __init__(self, ecs: Any, scheduler: Scheduler, cluster: str) -> None:
        self._ecs = ecs
        self._pause = Event()
        self.scheduler = scheduler
        self.cluster = cluster
        self.name = "worker"
        ecs.create_service(
            cluster=cluster,
            serviceName=self.name,
            taskDefinition=self.register(container(healthCheck=HEALTHY)),
            desiredCount=1,
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        )

    def register(self, one: dict[str, Any]) -> str:
        said = self._ecs.register_task_definition(**registered(one, family=self.cluster))
        return str(said["taskDefinition"]["taskDefinitionArn"])

    def deploy(self, one: dict[str, Any]) -> str:
        arn = self.register(one)
        self._ecs.update_service(cluster=self.cluster, service=self.name, taskDefinition=arn)
        return arn

    def describe(self) -> dict[str, Any]:
        found: dict[str, Any] = self._ecs.describe_services(cluster=self.cluster, services=[self.name])["services"][0]
        return found

    def statuses(self) -> list[str]:
        """Of its service deployments, the newest first."""
        found = self._ecs.list_service_deployments(cluster=self.cluster, service=self.name)["serviceDeployments"]
        return [one["status"] for one in found]

    def await_status(self, *statuses: str) -> tuple[TaskView, ...]:
        """Asks ECS again and again, which tells nobody when a deployment ends; gives the tasks."""
        deadline = time.monotonic() + SECONDS
        while self.statuses() != list(statuses):
            assert time.monotonic() < deadline, f"{self.statuses()}, not {statuses}: {self.scheduler.tasks()}"
            self._pause.wait(0.2)
        return self.scheduler.tasks()

    def await_tasks_left(self, count: int) -> tuple[TaskView, ...]:
        """A deployment may end before the last container of a task that it gave up does."""
        deadline = time.monotonic() + SECONDS
        while len(left := [one for one in self.scheduler.tasks() if one.state is not State.STOPPED]) != count:
            assert time.monotonic() < deadline, left
            self._pause.wait(0.2)
        return tuple(left)

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        where = {"cluster": self.cluster, "serviceName": self.name, "desiredStatus": status}
        arns = self._ecs.list_tasks(**where)["taskArns"]
        found: list[dict[str, Any]] = (
            self._ecs.describe_tasks(cluster=self.cluster, tasks=arns)["tasks"] if arns else []
        )
        return found


@pytest.fixture
def service(docker: Docker, aws: str, project: str, host: PlainHost) -> Iterator[Callable[[], Service]]:
    keys = {"aws_access_key_id": CREDENTIALS["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": "testing"}
    ecs = boto3.client("ecs", endpoint_url=aws, region_name=REGION, **keys)
    cluster = f"cluster-{uuid.uuid4().hex[:8]}"
    ecs.create_cluster(clusterName=cluster)
    scheduler = Scheduler(docker, ecs, cluster, project, host)
    scheduler.start()
    yield lambda: Service(ecs, scheduler, cluster)
    assert scheduler.close(SECONDS)
    assert host.told == []


def test_a_good_version_replaces_the_one_before(service: Callable[[], Service]) -> None:
    worker = service()
    worker.await_status("SUCCESSFUL")
    (before,) = worker.tasks()
    new = worker.deploy(container(healthCheck=HEALTHY, environment=[{"name": "NEW", "value": "1"}]))
    worker.await_status("SUCCESSFUL", "SUCCESSFUL")
    described = worker.describe()
    assert (described["runningCount"], described["pendingCount"], len(described["deployments"])) == (1, 0, 1)
    (after,) = worker.tasks()
    assert (after["taskDefinitionArn"], after["healthStatus"]) == (new, "HEALTHY")
    assert after["startedBy"] == described["deployments"][0]["id"] != before["startedBy"]
    (gone,) = worker.tasks("STOPPED")
    assert (gone["taskArn"], gone["stopCode"]) == (before["taskArn"], "ServiceSchedulerInitiated")


def test_a_version_that_crashes_is_taken_back_while_the_old_one_works_on(service: Callable[[], Service]) -> None:
    worker = service()
    worker.await_status("SUCCESSFUL")
    (before,) = worker.tasks()
    worker.deploy(container(program=CRASHING, healthCheck=HEALTHY))
    worker.await_status("ROLLBACK_SUCCESSFUL", "SUCCESSFUL")
    (left,) = worker.await_tasks_left(1)
    (after,) = worker.tasks()
    assert after["taskArn"].endswith(left.task_id)
    assert (after["taskArn"], after["healthStatus"]) == (before["taskArn"], "HEALTHY")
    assert worker.describe()["taskDefinition"] == before["taskDefinitionArn"]
    failed = [task for task in worker.tasks("STOPPED") if task["stopCode"] == "EssentialContainerExited"]
    assert [task["containers"][0]["exitCode"] for task in failed] == [1, 1, 1]
