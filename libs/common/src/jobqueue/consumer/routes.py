"""Where jobs are sent: the table that a service declares, and at start the sender behind each of its queues. Immutable, any thread."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from jobqueue.messages.errors import Undecodable
from jobqueue.messages.job import check_job_type
from jobqueue.settings import SettingError

if TYPE_CHECKING:
    from jobqueue.consumer.ports import Sender


@dataclass(frozen=True)
class Routes:
    """Job type -> the queue that jobs of this type are sent to; all others go to `default`, which a service with one queue to send to leaves out.

    A catalogue's `routes`. Queues have the names that Terraform's `sends` gives them: "report-jobs", the setting `report_jobs_queue_url`.
    """

    table: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None

    def __post_init__(self) -> None:
        """Raises TypeError for a table that cannot be meant."""
        for job_type, queue in self.table.items():
            try:
                check_job_type(job_type, "a job type")
            except Undecodable as error:
                raise TypeError(f"routes: {error}") from None
            if not isinstance(queue, str):
                raise TypeError(f"routes: {job_type!r} must have the name of a queue, not {queue!r:.60}")
        object.__setattr__(self, "table", MappingProxyType(dict(self.table)))

    def checked(self, queues: Collection[str], advice: Callable[[str], str]) -> Routes:
        """With the default that follows where these are all the queues that the service can send to.

        Raises:
            SettingError: a queue that is none of them, each in one line with the job types, and with what to do; or several and no default.
        """
        types: dict[str, list[str]] = {}
        for job_type, queue in self.table.items():
            types.setdefault(queue, []).append(job_type)
        if self.default is not None:
            types.setdefault(self.default, []).append("all other types")
        there = ", ".join(sorted(queues)) or "none"
        faults = [
            f"routes: {', '.join(names)}: to {queue}, which this service cannot send to (it can to: {there}). {advice(queue)}"
            for queue, names in types.items()
            if queue not in queues
        ]
        if not faults and self.default is None and len(queues) > 1:
            faults = [
                f'routes: this service can send to {there}: name the queue of all other types, default="{min(queues)}"'
            ]
        if faults:
            raise SettingError("\n".join(faults))
        return self if self.default is not None else replace(self, default=next(iter(queues), None))

    @property
    def queues(self) -> frozenset[str]:
        """All that it names."""
        return frozenset({*self.table.values(), *([] if self.default is None else [self.default])})


class Destination(NamedTuple):
    """A queue by the name that routes have for it, and what sends there."""

    queue: str
    sender: Sender


class Senders:
    """The senders of a service by the names of its queues, and which of them a job type goes to."""

    def __init__(self, by_queue: Mapping[str, Sender], routes: Routes) -> None:
        self.by_queue = by_queue
        self._table = routes.table
        self._default = routes.default
        self._destinations = {queue: Destination(queue, sender) for queue, sender in by_queue.items()}

    def of(self, job_type: str) -> Destination | None:
        """Where jobs of this type go; None where the service has no queue to send to."""
        queue = self._table.get(job_type, self._default)
        return None if queue is None else self._destinations.get(queue)
