"""The output of the services' containers, with the task that wrote each line.

ECS puts a container's output into the stream `service/container/task-id` of the service's log group. A `ServiceLines`
belongs to one thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobqueue.client.job_event import JobEvent, read_log_line
from jobqueue.client.log_lines import Follower

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

ATTEMPT_WORD = "jobType"
"""A word in every line of a service's output about an attempt that goes on, hangs or has ended, and in few others."""


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
        self._followers = {
            service: Follower(
                logs,
                group,
                since_ms,
                streams=f"{service}/{service}/",
                word=word,
                until_ms=until_ms,
                max_pages=max_pages,
            )
            for service, group in groups.items()
        }

    def fresh(self) -> list[ServiceLine]:
        """The lines that arrived since the last call, by time; each line once."""
        return sorted(self._read(), key=lambda one: one.line.at_ms)

    def _read(self) -> Iterator[ServiceLine]:
        for service, follower in self._followers.items():
            for line in follower.fresh():
                task = line.stream.rpartition("/")[2]
                read = read_log_line(line.at_ms, line.text)
                yield ServiceLine(service, task, replace(read, fields={**read.fields, "task": task}))
