"""How many attempts ended how, lately? Layer: tools, any thread, plain boto3: read from the events that carry the metrics (EMF).

They are in CloudWatch Logs before CloudWatch has made metrics of them, cost no GetMetricData, and a local AWS has them too.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobqueue.telemetry import names
from jobtools.look.job_log import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_logs import CloudWatchLogsClient


@dataclass(frozen=True, slots=True)
class Attempts:
    """One queue's, by outcome: `done`, `retry`, `reject`, `release`, `leave`."""

    queue: str
    by_outcome: Mapping[str, int] = field(default_factory=dict)

    def of(self, *outcomes: str) -> int:
        """How many ended so."""
        return sum(self.by_outcome.get(one, 0) for one in outcomes)


def read_attempts(logs: CloudWatchLogsClient, group: str, since_ms: int) -> dict[str, Attempts]:
    """By the queue's name; a queue without a figure is not in it.

    Raises:
        botocore.exceptions.ClientError: no such group, no permission.
    """
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=since_ms, filterPattern=quoted(names.ATTEMPTS.name)
    )
    counted: dict[str, Counter[str]] = {}
    for page in pages:
        for event in page["events"]:
            try:
                record = json.loads(event["message"])
            except ValueError:
                continue
            if not isinstance(record, dict):
                continue
            queue, outcome = record.get(names.DESTINATION), record.get(names.OUTCOME)
            value = record.get(names.ATTEMPTS.name)
            if queue and outcome and isinstance(value, int | float):
                counted.setdefault(queue, Counter())[outcome] += round(value)
    return {queue: Attempts(queue, dict(counts)) for queue, counts in counted.items()}
