"""The services' recent metrics, read from the log events that carry them (EMF).

The events are in CloudWatch Logs before CloudWatch has made metrics of them, cost no GetMetricData, and exist on a local AWS too. Each task's
collector writes into a stream of its own, once a minute, so a gauge is summed over the streams, and a counter over the events.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobqueue.client.log_lines import log_lines
from jobqueue.telemetry import names

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

MINUTE_MS = 60_000
GAUGE_MS = 150_000
"""How long a task's last value holds: two exports of a minute each, and the delay of an event. With an older one the task has ended."""


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One value. `stream` is the task's; `outcome` is empty if the metric has none. `event_id` is CloudWatch's: an event may carry several."""

    event_id: str
    at_ms: int
    stream: str
    queue: str
    metric: str
    outcome: str
    value: float


@dataclass(frozen=True, slots=True)
class Attempts:
    """Counts of the attempts at a queue's messages, by outcome: `done`, `retry`, `reject`, `release`, `leave`."""

    queue: str
    by_outcome: Mapping[str, int] = field(default_factory=dict)

    def of(self, *outcomes: str) -> int:
        """How many ended with one of these outcomes."""
        return sum(self.by_outcome.get(one, 0) for one in outcomes)


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots for a queue, over all tasks. `tasks`: how many tasks sent values."""

    in_use: int
    stuck: int
    tasks: int


def read_attempts(logs: CloudWatchLogsClient, group: str, since_ms: int) -> dict[str, Attempts]:
    """Attempts by the queue's name; a queue without values is left out."""
    return attempts_of(read_points(logs, group, since_ms, [names.ATTEMPTS.name]))


def read_slots(logs: CloudWatchLogsClient, group: str, now_ms: int) -> dict[str, Slots]:
    """Slots now, by the queue's name; a queue without recent values is left out."""
    points = read_points(logs, group, now_ms - GAUGE_MS, (names.SLOTS_IN_USE.name, names.SLOTS_STUCK.name))
    found = ((queue, slots_of(points, queue, now_ms)) for queue in {point.queue for point in points})
    return {queue: slots for queue, slots in found if slots is not None}


def read_points(logs: CloudWatchLogsClient, group: str, since_ms: int, metrics: Sequence[str]) -> list[MetricPoint]:
    """All values of these metrics since `since_ms`, of all queues."""
    word = metrics[0] if len(metrics) == 1 else ""
    found: list[MetricPoint] = []
    for line in log_lines(logs, group, since_ms, word=word):
        try:
            record = json.loads(line.text)
        except ValueError:
            continue
        queue = record.get(names.DESTINATION) if isinstance(record, dict) else None
        if not queue:
            continue
        where = line.event_id, line.at_ms, line.stream, str(queue)
        found += [
            MetricPoint(*where, metric, str(record.get(names.OUTCOME) or ""), float(value))
            for metric in metrics
            if isinstance(value := record.get(metric), int | float)
        ]
    return found


def attempts_of(points: Iterable[MetricPoint]) -> dict[str, Attempts]:
    """The sums by the queue's name."""
    counted: dict[str, Counter[str]] = {}
    for point in points:
        if point.metric == names.ATTEMPTS.name and point.outcome:
            counted.setdefault(point.queue, Counter())[point.outcome] += round(point.value)
    return {queue: Attempts(queue, dict(counts)) for queue, counts in counted.items()}


def done_by_minute(points: Iterable[MetricPoint], queue: str) -> dict[int, int]:
    """How many attempts at a queue's jobs were done in each minute since 1970; minutes without any are left out."""
    counted: Counter[int] = Counter()
    for point in points:
        if (point.metric, point.queue, point.outcome) == (names.ATTEMPTS.name, queue, "done"):
            counted[point.at_ms // MINUTE_MS] += round(point.value)
    return dict(counted)


def slots_of(points: Iterable[MetricPoint], queue: str, now_ms: int) -> Slots | None:
    """The sum of the tasks' last values; None if no task has a recent one."""
    last: dict[tuple[str, str], MetricPoint] = {}
    for point in sorted(points, key=lambda one: one.at_ms):
        if point.queue == queue and point.at_ms >= now_ms - GAUGE_MS:
            last[point.metric, point.stream] = point
    use = [point.value for (metric, _), point in last.items() if metric == names.SLOTS_IN_USE.name]
    stuck = [point.value for (metric, _), point in last.items() if metric == names.SLOTS_STUCK.name]
    return Slots(round(sum(use)), round(sum(stuck)), len(use)) if use else None
