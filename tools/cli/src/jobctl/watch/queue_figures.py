"""The age of the oldest message and the earlier depths of queues, from CloudWatch: one GetMetricData for each read.

SQS sends metrics once a minute, so more frequent reads bring nothing:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
GetMetricData is charged by the metric ($0.01 for 1,000 in most Regions, "Amazon CloudWatch pricing"): the earlier depths are read once.
Used by the reading thread only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from jobctl.environment.queue_depth import AGE_WINDOW
from jobctl.watch.snapshot import PLOT_MINUTES

AGE, WAITING = "ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"


@dataclass(frozen=True)
class Figures:
    """Figures by queue; queues without figures are left out. `waiting`: by minute since 1970."""

    oldest_seconds: Mapping[str, float] = field(default_factory=dict)
    waiting: Mapping[str, Mapping[int, int]] = field(default_factory=dict)


class QueueFigures:
    """Reads the figures of queues, given by their names. Owns the earlier depths, once they were read."""

    def __init__(self, cloudwatch: Any, queues: Sequence[str]) -> None:
        self._cloudwatch = cloudwatch
        self._queues = queues
        self._waiting: dict[str, dict[int, int]] | None = None

    def read(self) -> Figures:
        """Reads the figures. Raises ClientError: no permission."""
        metrics = [AGE] if self._waiting is not None else [AGE, WAITING]
        asked = {
            f"q{number}": (metric, queue)
            for number, (metric, queue) in enumerate((metric, queue) for metric in metrics for queue in self._queues)
        }
        now = datetime.now(UTC)
        window = AGE_WINDOW if self._waiting is not None else timedelta(minutes=PLOT_MINUTES)
        pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[_query(name, *of) for name, of in asked.items()],
            StartTime=now - window,
            EndTime=now,
            ScanBy="TimestampAscending",
        )
        oldest: dict[str, float] = {}
        waiting: dict[str, dict[int, int]] = {}
        for result in (one for page in pages for one in page["MetricDataResults"]):
            metric, queue = asked[result["Id"]]
            points = zip(result["Timestamps"], result["Values"], strict=True)
            if metric == AGE:
                recent = [value for at, value in points if at >= now - AGE_WINDOW]
                oldest |= {queue: float(recent[-1])} if recent else {}
            else:
                waiting[queue] = {int(at.timestamp()) // 60: round(value) for at, value in points}
        self._waiting = self._waiting if self._waiting is not None else waiting
        return Figures(oldest, self._waiting)


def _query(name: str, metric: str, queue: str) -> dict[str, Any]:
    dimensions = [{"Name": "QueueName", "Value": queue}]
    of = {"Namespace": "AWS/SQS", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": of, "Period": 60, "Stat": "Maximum"}}
