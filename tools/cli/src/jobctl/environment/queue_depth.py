"""Number of messages in a queue and the age of the oldest, read from SQS and CloudWatch; no message is received."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobctl.environment.target import Clients

AGE_WINDOW = timedelta(minutes=15)
"""SQS reports every minute for a queue that is in use, and takes up to 15 minutes to begin again for one that was not:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-monitoring-using-cloudwatch.html"""
_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


@dataclass(frozen=True)
class QueueDepth:
    """Counts are SQS's approximations. `oldest_seconds`: None where CloudWatch has no figure."""

    name: str
    waiting: int
    in_flight: int
    delayed: int
    oldest_seconds: float | None = None

    def text(self) -> str:
        """One line."""
        return f"{self.name}: {self.waiting} waiting, {self.in_flight} in flight, {self.delayed} delayed"


def queue_depth(clients: Clients, url: str, *, with_age: bool = False) -> QueueDepth:
    """One queue, by its URL."""
    attributes = clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(_COUNTS))["Attributes"]
    name = url.rpartition("/")[2]
    age = _oldest_seconds(clients("cloudwatch"), name) if with_age else None
    waiting, in_flight, delayed = (int(attributes[count]) for count in _COUNTS)
    return QueueDepth(name, waiting, in_flight, delayed, age)


def _oldest_seconds(cloudwatch: Any, name: str) -> float | None:
    now = datetime.now(UTC)
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": name}],
        StartTime=now - AGE_WINDOW,
        EndTime=now,
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    return float(max(points, key=lambda point: point["Timestamp"])["Maximum"]) if points else None
