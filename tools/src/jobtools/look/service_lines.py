"""What did the services' containers write, and in which task? Layer: tools, plain boto3; a `ServiceLines` belongs to one thread.

ECS puts a container's output into the stream `service/container/task-id` of the service's log group; see `jobtools.forward.place`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtools.look.job_event import JobEvent, read_log_line
from jobtools.look.job_log import quoted

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

LATE_MS = 10_000
"""A line may be there so long after its time: the agent sends in batches, and CloudWatch Logs takes a moment to show them."""


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """`task` is the ECS task's id. `line.job_id` is empty where the line names no job."""

    service: str
    task: str
    line: JobEvent


class ServiceLines:
    """Reads the lines of several services together. `groups`: the log group of each service. `word`: what a line must have in it.

    `until_ms`: nothing later; None: all that comes.
    """

    def __init__(
        self,
        logs: CloudWatchLogsClient,
        groups: Mapping[str, str],
        since_ms: int,
        word: str = "",
        *,
        until_ms: int | None = None,
    ) -> None:
        self._logs = logs
        self._groups = groups
        self._since_ms = since_ms
        self._word = word
        self._until_ms = until_ms
        self._seen: dict[str, int] = {}

    def fresh(self) -> list[ServiceLine]:
        """What came since the last call, by time; each line once.

        Raises:
            botocore.exceptions.ClientError: no such group, no permission.
        """
        found = sorted(self._read(), key=lambda one: one.line.at_ms)
        if found:
            self._since_ms = max(self._since_ms, found[-1].line.at_ms - LATE_MS)
            self._seen = {event: at_ms for event, at_ms in self._seen.items() if at_ms >= self._since_ms}
        return found

    def _read(self) -> Iterator[ServiceLine]:
        for service, group in self._groups.items():
            wanted: dict[str, Any] = {"logGroupName": group, "startTime": self._since_ms}
            prefix = wanted["logStreamNamePrefix"] = f"{service}/{service}/"
            if self._until_ms is not None:
                wanted["endTime"] = self._until_ms
            if self._word:
                wanted["filterPattern"] = quoted(self._word)
            for page in self._logs.get_paginator("filter_log_events").paginate(**wanted):
                for event in page["events"]:
                    # A local AWS takes no notice of the prefix.
                    if event["logStreamName"].startswith(prefix) and event["eventId"] not in self._seen:
                        self._seen[event["eventId"]] = event["timestamp"]
                        task = event["logStreamName"].rpartition("/")[2]
                        yield ServiceLine(service, task, read_log_line(event["timestamp"], event["message"]))
