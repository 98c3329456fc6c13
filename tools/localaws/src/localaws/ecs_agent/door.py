"""Doors of all tasks, with the records of their calls and their requests for protection.

Any thread may call.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from localaws.ecs_agent.host_address import LOCAL, HostAddress
from localaws.ecs_agent.metadata import Metadata, task_arn
from localaws.ecs_agent.protection import Protection
from localaws.ecs_agent.record import Record
from localaws.ecs_agent.task_door import TaskDoor
from localaws.ecs_agent.upstream import Upstream

if TYPE_CHECKING:
    from localaws.ecs_agent.call import Call
    from localaws.ecs_agent.protection import Wish
    from localaws.ecs_agent.record import Refusal

PRETENDED_CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/local"
"""Of tasks that run in no cluster: processes of this machine. The account is moto's."""


class Door:
    """Owns all doors, and the records and requests for protection, which outlive them. Leaving it closes every door."""

    def __init__(self, upstream: str, address: HostAddress = LOCAL) -> None:
        """`upstream` is the local AWS, `http://127.0.0.1:port`; `address` where its doors are, see `find_host_address`."""
        self._aws = upstream
        self._address = address
        self._lock = Lock()
        self._records: dict[str, Record] = {}
        self._protections: dict[str, Protection] = {}
        self._doors: list[TaskDoor] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            doors = list(self._doors)
        for door in doors:
            door.close()

    def task(
        self,
        task_id: str,
        service: str,
        definition: Mapping[str, Any] | None = None,
        cluster_arn: str = PRETENDED_CLUSTER,
    ) -> TaskDoor:
        """Opens a door, which answers at once and until its `close`. `task_id` is 32 hexadecimal digits, as ECS's are.

        `definition` is `taskDefinition` in the answer of `ecs.describe_task_definition`; without it the metadata endpoint answers 404.

        Raises:
            OSError: the host's address is not this machine's (any more).
        """
        metadata = None if definition is None else Metadata(definition, cluster_arn, task_id)
        record = self.record(service)
        with self._lock:
            protection = self._protections.setdefault(task_id, Protection(task_arn(cluster_arn, task_id)))
            door = TaskDoor(task_id, self._address, Upstream(self._aws), record, protection, metadata)
            self._doors.append(door)
        return door

    def record(self, service: str) -> Record:
        """The calls and refusals of all tasks of a service."""
        with self._lock:
            return self._records.setdefault(service, Record())

    def calls(self, service: str) -> list[Call]:
        """Every call of its tasks so far, task protection among them."""
        return self.record(service).calls()

    def refuse(self, service: str, refusal: Refusal) -> None:
        """Answer the next matching call of any of its tasks as `refusal` says."""
        self.record(service).refuse(refusal)

    def protections(self, task_id: str) -> list[Wish]:
        """The requests of a task for protection, in order; also when it has ended."""
        with self._lock:
            protection = self._protections.get(task_id)
        return [] if protection is None else protection.wishes()
