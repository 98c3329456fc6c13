"""The desired count and the tasks of an ECS service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jobctl.exits import NotFoundError
from jobctl.queries.tasks import STOPPED, Task, described, read_task


@dataclass(frozen=True)
class LeftTask:
    """A task that has not ended. `started_ms`: since 1970; None: it has not started."""

    task_id: str
    started_ms: int | None


@dataclass(frozen=True)
class Tasks:
    """The tasks of one ECS service."""

    client: Any
    cluster: str
    ecs_service: str

    def desired(self) -> int:
        """The desired count. Raises NotFoundError: there is no such service."""
        answer = self.client.describe_services(cluster=self.cluster, services=[self.ecs_service])
        for service in answer["services"]:
            if service["status"] == "ACTIVE":
                return int(service["desiredCount"])
        raise NotFoundError(
            f"There is no ECS service {self.ecs_service} in the cluster {self.cluster}.", "see `nox -s drift`"
        )

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
