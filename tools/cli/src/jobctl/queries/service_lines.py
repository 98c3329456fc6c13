"""The output of the services' containers, with the task that wrote each line.

ECS puts a container's output into the stream `service/container/task-id` of the service's log group. A `ServiceLines`
belongs to one thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobctl.queries.job_event import JobEvent, read_log_line
from jobctl.queries.log_lines import log_lines

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

ATTEMPT_WORD = "jobType"
"""A word in every line of a service's output about an attempt that goes on, hangs or has ended, and in few others."""
LATE_MS = 10_000
"""How much later than its time a line may appear: the agent sends in batches, and CloudWatch Logs takes a moment to show them."""


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """`task` is the ECS task's id, and `line.task` too. `line.job_id` is empty if the line names no job."""

    service: str
    task: str
    line: JobEvent


class ServiceLines:
    """Reads the lines of several services together. `groups`: the log group of each service. `word`: a word that lines must contain.

    `until_ms`: no later lines; None: no limit. `max_pages`: the most calls for each service, the oldest lines first; None: all.
    """

    def __init__(
        self,
        logs: CloudWatchLogsClient,
        groups: Mapping[str, str],
        since_ms: int,
        word: str = "",
        *,
        until_ms: int | None = None,
        max_pages: int | None = None,
    ) -> None:
        self._logs = logs
        self._groups = groups
        self._since_ms = since_ms
        self._word = word
        self._until_ms = until_ms
        self._most_pages = max_pages
        self._seen: dict[str, int] = {}

    def fresh(self) -> list[ServiceLine]:
        """The lines that arrived since the last call, by time; each line once."""
        found = sorted(self._read(), key=lambda one: one.line.at_ms)
        if found:
            self._since_ms = max(self._since_ms, found[-1].line.at_ms - LATE_MS)
            self._seen = {event: at_ms for event, at_ms in self._seen.items() if at_ms >= self._since_ms}
        return found

    def _read(self) -> Iterator[ServiceLine]:
        for service, group in self._groups.items():
            lines = log_lines(
                self._logs,
                group,
                self._since_ms,
                until_ms=self._until_ms,
                streams=f"{service}/{service}/",
                word=self._word,
                max_pages=self._most_pages,
            )
            for line in lines:
                if line.event_id not in self._seen:
                    self._seen[line.event_id] = line.at_ms
                    task = line.stream.rpartition("/")[2]
                    read = read_log_line(line.at_ms, line.text)
                    yield ServiceLine(service, task, replace(read, fields={**read.fields, "task": task}))
