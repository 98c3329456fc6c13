"""A cluster whose tasks are what a test says: it reports them as the scheduler does, without a container."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import Any

from localaws.fargate.reporter import Reporter
from localaws.fargate.view import ESSENTIAL_EXITED, ContainerView, Health, State, StopCode, TaskView, Why

DEPLOYMENT_CONFIGURATION = {
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}
BREAKER_OFF = {**DEPLOYMENT_CONFIGURATION, "deploymentCircuitBreaker": {"enable": False, "rollback": False}}


class ScriptedCluster:
    """One cluster with one service."""

    def __init__(
        self,
        ecs: Any,
        *,
        desired: int = 1,
        configuration: Any = None,
        family: str = "worker",
        container: str = "worker",
    ) -> None:
        self.ecs = ecs
        self.container = container
        self.family = family
        self.cluster = self.service = f"scripted-{uuid.uuid4().hex[:8]}"
        self.tasks: list[TaskView] = []
        ecs.create_cluster(clusterName=self.cluster)
        self.definitions = [self.register()]
        ecs.create_service(
            cluster=self.cluster,
            serviceName=self.service,
            taskDefinition=self.definitions[0],
            desiredCount=desired,
            deploymentConfiguration=configuration or DEPLOYMENT_CONFIGURATION,
        )
        self._reporter = Reporter(ecs, self.cluster)

    def register(self, **container: Any) -> str:
        """A new revision; gives its ARN."""
        said = {"name": self.container, "image": f"worker@sha256:{uuid.uuid4().hex * 2}", "memory": 128, **container}
        answer = self.ecs.register_task_definition(family=self.family, containerDefinitions=[said])
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def deploy(self, **container: Any) -> str:
        """A new revision, and the service updated to it."""
        self.definitions.append(self.register(**container))
        self.ecs.update_service(cluster=self.cluster, service=self.service, taskDefinition=self.definitions[-1])
        return self.definitions[-1]

    def describe(self) -> dict[str, Any]:
        """The service as ECS describes it now."""
        answer = self.ecs.describe_services(cluster=self.cluster, services=[self.service])
        found: dict[str, Any] = answer["services"][0]
        return found

    def primary(self) -> dict[str, Any]:
        """The primary deployment."""
        found: dict[str, Any] = self.describe()["deployments"][0]
        return found

    def start(self, *, ready: bool = True) -> TaskView:
        """A task of the primary deployment starts, and is reported."""
        primary = self.primary()
        health = Health.HEALTHY if ready else Health.UNKNOWN
        self.tasks.append(
            TaskView(
                task_id=uuid.uuid4().hex,
                service=self.service,
                definition_arn=primary["taskDefinition"],
                family=self.family,
                revision=1,
                state=State.RUNNING,
                health=health,
                containers=(ContainerView("worker", "worker", essential=True, state=State.RUNNING, health=health),),
                created_at=time.time(),
                started_at=time.time(),
                has_health_check=True,
                deployment=primary["id"],
            )
        )
        self.report()
        return self.tasks[-1]

    def stop(self, task: TaskView, why: Why, exit_code: int = 0) -> None:
        """The task has stopped, and is reported."""
        ended = replace(task.containers[0], state=State.STOPPED, exit_code=exit_code)
        stopped = replace(task, state=State.STOPPED, why=why, stopped_at=time.time(), containers=(ended,))
        self.tasks[self.tasks.index(task)] = stopped
        self.report()

    def crash(self) -> TaskView:
        """A task of the primary deployment starts and ends by itself with exit code 1."""
        task = self.start(ready=False)
        self.stop(task, ESSENTIAL_EXITED, 1)
        return task

    def replace_old(self) -> None:
        """What a rolling update does once the new task works."""
        primary = self.primary()["id"]
        for task in [one for one in self.tasks if one.why is None and one.deployment != primary]:
            reason = f"Scaling activity initiated by (deployment {primary})"
            self.stop(task, Why(StopCode.SERVICE_SCHEDULER_INITIATED, reason))

    def roll(self) -> TaskView:
        """The primary deployment's task starts and works, then the old ones stop."""
        task = self.start()
        self.replace_old()
        return task

    def report(self) -> None:
        """All tasks, as they are."""
        self._reporter.report(self.tasks)

    def stop_requests(self) -> dict[str, str]:
        """Reports, and gives those that somebody wants to stop, with why."""
        return dict(self._reporter.report(self.tasks))
