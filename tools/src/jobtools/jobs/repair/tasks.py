"""How many tasks should a service have, and which has it? Layer: tools; ECS, any thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jobtools.jobs.exits import NothingFound
from jobtools.look.tasks import described


@dataclass(frozen=True)
class Tasks:
    """The tasks of one ECS service."""

    client: Any
    cluster: str
    ecs_service: str

    def desired(self) -> int:
        """Raises NothingFound: there is no such service."""
        answer = self.client.describe_services(cluster=self.cluster, services=[self.ecs_service])
        for service in answer["services"]:
            if service["status"] == "ACTIVE":
                return int(service["desiredCount"])
        raise NothingFound(
            f"There is no ECS service {self.ecs_service} in the cluster {self.cluster}.", "see `nox -s drift`"
        )

    def want(self, count: int) -> None:
        """Sets the desired count. Raises ClientError: no permission."""
        self.client.update_service(cluster=self.cluster, service=self.ecs_service, desiredCount=count)

    def not_ended(self) -> int:
        """Tasks that were not stopped to the end: one that drains counts until its containers are gone. Raises ClientError."""
        return sum(status != "STOPPED" for status in self._statuses())

    def running(self) -> int:
        """Tasks that run. Raises ClientError."""
        return sum(status == "RUNNING" for status in self._statuses())

    def _statuses(self) -> Iterator[str]:
        # Listed by what is wanted of a task: one that was told to stop is found under STOPPED while it still drains.
        for wanted in ("RUNNING", "STOPPED"):
            for task in described(self.client, self.cluster, self.ecs_service, wanted):
                yield str(task["lastStatus"])
