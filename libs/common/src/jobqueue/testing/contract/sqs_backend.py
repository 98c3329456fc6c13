"""An SQS server for the suite, over a client that was made for it: a local server's, never AWS's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING

from jobqueue.consumer.ports import Queue
from jobqueue.messages.delivery import Delivery
from jobqueue.messages.limits import MAX_PER_CALL
from jobqueue.sqs.queue import SqsQueue
from jobqueue.sqs.sender import SqsSender
from jobqueue.testing.contract.backend import Queues

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_numbers = count(1)


class SqsBackend:
    """Implements `Backend` with `SqsQueue` and `SqsSender`. Time passes by itself: the suite spends it in long polls."""

    def __init__(self, client: SQSClient) -> None:
        self._client = client
        self._quiet: SqsQueue | None = None

    def queues(self, *, lease_seconds: int = 30, max_receive_count: int = 10, max_bytes: int = 262_144) -> Queues:
        """See the protocol."""
        number = next(_numbers)
        dead_url = self._made(f"contract-{number}-dead-letters")
        arn = self._client.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": max_receive_count})
        url = self._made(f"contract-{number}", RedrivePolicy=redrive, MaximumMessageSize=str(max_bytes))
        return Queues(
            SqsQueue(self._client, url, lease_seconds=lease_seconds),
            SqsSender(self._client, url, max_bytes=max_bytes),
            SqsQueue(self._client, dead_url, lease_seconds=lease_seconds),
        )

    def pass_time(self, seconds: int) -> None:
        """See the protocol: a long poll of a queue where nothing comes."""
        if self._quiet is None:
            self._quiet = SqsQueue(self._client, self._made(f"contract-{next(_numbers)}-quiet"), lease_seconds=30)
        assert not self._quiet.receive(MAX_PER_CALL, seconds)

    def receive_within(self, queue: Queue, seconds: int) -> Sequence[Delivery]:
        """See the protocol."""
        return queue.receive(MAX_PER_CALL, seconds)

    def _made(self, name: str, **attributes: str) -> str:
        return self._client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]  # type: ignore[arg-type]
