"""Queues and the job log group of a local run, made as the Terraform modules make them in AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sqs import SQSClient

MAX_RECEIVE_COUNT = 10
MAX_MESSAGE_BYTES = 262_144


@dataclass(frozen=True)
class QueuePair:
    """A queue and its dead-letter queue."""

    name: str
    url: str
    dead_letter_name: str
    dead_letter_url: str


def make_queue_pair(sqs: SQSClient, name: str) -> QueuePair:
    """Makes `{name}` and `{name}-dlq` with the redrive that the services check at their start."""
    dead_letter_name = f"{name}-dlq"
    dead_letter_url = sqs.create_queue(
        QueueName=dead_letter_name, Attributes={"MaximumMessageSize": str(MAX_MESSAGE_BYTES)}
    )["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead_letter_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVE_COUNT})
    url = sqs.create_queue(
        QueueName=name, Attributes={"MaximumMessageSize": str(MAX_MESSAGE_BYTES), "RedrivePolicy": redrive}
    )["QueueUrl"]
    return QueuePair(name, url, dead_letter_name, dead_letter_url)


def make_log_group(logs: CloudWatchLogsClient, name: str) -> None:
    """Makes the group that holds a stream for each job."""
    logs.create_log_group(logGroupName=name)
