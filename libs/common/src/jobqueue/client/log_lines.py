"""Lines of a log group, from FilterLogEvents, which no other module calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

LATE_MS = 10_000
"""How much later than its time a line may appear: agents send in batches, and CloudWatch Logs takes a moment to show them."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One event of a stream. `at_ms` is since 1970; `event_id` is CloudWatch's and unique."""

    event_id: str
    at_ms: int
    stream: str
    text: str


def log_lines(
    logs: CloudWatchLogsClient,
    group: str,
    since_ms: int,
    *,
    until_ms: int | None = None,
    streams: str = "",
    word: str = "",
    max_pages: int | None = None,
) -> Iterator[LogLine]:
    """The lines since `since_ms`, from streams with the prefix `streams`, that contain `word`. Lines of several streams are not in order.

    `until_ms`: no later lines; `max_pages`: the most calls, the oldest lines first; None: all.
    """
    wanted: dict[str, Any] = {"logGroupName": group, "startTime": since_ms}
    if until_ms is not None:
        wanted["endTime"] = until_ms
    if streams:
        wanted["logStreamNamePrefix"] = streams
    if word:
        wanted["filterPattern"] = quoted(word)
    for page in islice(_pages(logs, wanted), max_pages):
        for event in page["events"]:
            if event["logStreamName"].startswith(streams):  # a local AWS ignores the prefix
                yield LogLine(event["eventId"], event["timestamp"], event["logStreamName"], event["message"])


class Follower:
    """The lines of one group as they arrive. Belongs to one thread. `options`: as `log_lines` has them."""

    def __init__(self, logs: CloudWatchLogsClient, group: str, since_ms: int = 0, **options: Any) -> None:
        self._logs = logs
        self._group = group
        self._options = options
        self._since_ms = since_ms
        self._seen: dict[str, int] = {}

    def fresh(self) -> list[LogLine]:
        """The lines that arrived since the last call, by time; each line once."""
        found = []
        for line in log_lines(self._logs, self._group, self._since_ms, **self._options):
            if line.event_id not in self._seen:  # nor twice in one answer
                self._seen[line.event_id] = line.at_ms
                found.append(line)
        self._since_ms = max([self._since_ms, *(line.at_ms - LATE_MS for line in found)])
        self._seen = {event: at_ms for event, at_ms in self._seen.items() if at_ms >= self._since_ms}
        return sorted(found, key=lambda line: line.at_ms)


def _pages(logs: CloudWatchLogsClient, wanted: dict[str, Any]) -> Iterator[Any]:
    """The pages, until there is no token or a token repeats: that is an end too, which boto3's paginator treats as an error. Pages with events may
    follow a page without."""
    seen: set[str] = set()
    token: str | None = ""
    while token is not None and token not in seen:
        seen.add(token)
        page = logs.filter_log_events(**(wanted | ({"nextToken": token} if token else {})))
        yield page
        token = page.get("nextToken")


def quoted(word: str) -> str:
    """The filter pattern for lines that contain a text:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
