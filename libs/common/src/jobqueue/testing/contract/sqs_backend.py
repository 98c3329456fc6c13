"""An SQS server for the suite: a local one, never AWS's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count

from jobqueue.aws.service import SQS
from jobqueue.aws.session import Session
from jobqueue.consumer.ports import Queue
from jobqueue.messages.delivery import Delivery
from jobqueue.messages.limits import MAX_PER_CALL
from jobqueue.sqs.queue import SqsQueue
from jobqueue.sqs.sender import SqsSender
from jobqueue.testing.contract.backend import Queues

_numbers = count(1)


class SqsBackend:
    """Implements `Backend` with `SqsQueue` and `SqsSender`. Time passes by itself: the suite spends it in long polls."""

    def __init__(self, endpoint: str) -> None:
        environ = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        self._calls = Session("us-east-1", environ).service(SQS, seconds=30)
        self._quiet: SqsQueue | None = None

    def queues(self, *, lease_seconds: int = 30, max_receive_count: int = 10, max_bytes: int = 262_144) -> Queues:
        """See the protocol."""
        number = next(_numbers)
        dead_url = self._made(f"contract-{number}-dead-letters")
        asked = {"QueueUrl": dead_url, "AttributeNames": ["QueueArn"]}
        arn = self._calls.call("GetQueueAttributes", asked)["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": max_receive_count})
        url = self._made(f"contract-{number}", RedrivePolicy=redrive, MaximumMessageSize=str(max_bytes))
        return Queues(
            SqsQueue(self._calls, url, lease_seconds=lease_seconds),
            SqsSender(self._calls, url, max_bytes=max_bytes),
            SqsQueue(self._calls, dead_url, lease_seconds=lease_seconds),
        )

    def pass_time(self, seconds: int) -> None:
        """See the protocol: a long poll of a queue where nothing comes."""
        if self._quiet is None:
            self._quiet = SqsQueue(self._calls, self._made(f"contract-{next(_numbers)}-quiet"), lease_seconds=30)
        assert not self._quiet.receive(MAX_PER_CALL, seconds)

    def receive_within(self, queue: Queue, seconds: int) -> Sequence[Delivery]:
        """See the protocol."""
        return queue.receive(MAX_PER_CALL, seconds)

    def _made(self, name: str, **attributes: str) -> str:
        url: str = self._calls.call("CreateQueue", {"QueueName": name, "Attributes": attributes})["QueueUrl"]
        return url
