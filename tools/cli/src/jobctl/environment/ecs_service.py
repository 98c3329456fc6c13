"""One ECS service: its scaling, suspended and resumed with Application Auto Scaling, its desired count, and its tasks.

A suspended scalable target keeps its policies, alarms and schedules, and does nothing:
https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jobctl.queries.services import describe_service
from jobctl.queries.tasks import STOPPED, Task, described, read_task

SUSPENDED: Mapping[str, bool] = {
    "DynamicScalingInSuspended": True,
    "DynamicScalingOutSuspended": True,
    "ScheduledScalingSuspended": True,
}
AWAKE: Mapping[str, bool] = dict.fromkeys(SUSPENDED, False)


@dataclass(frozen=True)
class Limits:
    """A scalable target: its bounds, and which kinds of scaling are suspended."""

    min_tasks: int
    max_tasks: int
    suspended: Mapping[str, bool]


@dataclass(frozen=True)
class Scaling:
    """One ECS service's scalable target."""

    client: Any
    cluster: str
    ecs_service: str

    def limits(self) -> Limits | None:
        """The limits; None: the service does not scale. Raises ClientError: no permission."""
        found = self.client.describe_scalable_targets(ResourceIds=[self._resource], **self._dimension)
        for target in found["ScalableTargets"]:
            suspended = target.get("SuspendedState") or {}
            state = {name: bool(suspended.get(name)) for name in SUSPENDED}
            return Limits(int(target["MinCapacity"]), int(target["MaxCapacity"]), state)
        return None

    def suspend(self, state: Mapping[str, bool]) -> None:
        """Sets which kinds of scaling are suspended; the limits stay. Raises ClientError: no permission."""
        self.client.register_scalable_target(ResourceId=self._resource, SuspendedState=dict(state), **self._dimension)

    @property
    def _resource(self) -> str:
        return f"service/{self.cluster}/{self.ecs_service}"

    @property
    def _dimension(self) -> dict[str, str]:
        return {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}


@dataclass(frozen=True)
class LeftTask:
    """A task that has not ended. `started_ms`: since 1970; None: it has not started."""

    task_id: str
    started_ms: int | None


@dataclass(frozen=True)
class ServiceTasks:
    """The tasks of one ECS service."""

    client: Any
    cluster: str
    ecs_service: str

    def desired(self) -> int:
        """The desired count. Raises NotFoundError: there is no such service."""
        return int(describe_service(self.client, self.cluster, self.ecs_service)["desiredCount"])

    def want(self, count: int) -> None:
        """Sets the desired count. Raises ClientError: no permission."""
        self.client.update_service(cluster=self.cluster, service=self.ecs_service, desiredCount=count)

    def left(self) -> list[LeftTask]:
        """Tasks that have not ended: a draining task is among them until its containers are gone. Raises ClientError."""
        return [LeftTask(one.task_id, one.started_ms) for one in self._all() if one.status != STOPPED]

    def running(self) -> int:
        """The number of running tasks. Raises ClientError."""
        return sum(one.status == "RUNNING" for one in self._all())

    def stop(self, reason: str) -> int:
        """Stops every task that has not ended, protected or not; returns their number. Raises ClientError: no permission."""
        left = self.left()
        for one in left:
            self.client.stop_task(cluster=self.cluster, task=one.task_id, reason=reason)
        return len(left)

    def _all(self) -> Iterator[Task]:
        # Listed by desired status: a task that was told to stop is listed under STOPPED while it still drains.
        for wanted in ("RUNNING", STOPPED):
            for task in described(self.client, self.cluster, self.ecs_service, wanted):
                yield read_task(task, self.ecs_service)
