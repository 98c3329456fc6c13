"""The SQS queue: receives, deletes, changes visibility; `receive` in a poller's thread, the rest in the settler's callers.

SQS's JSON becomes frozen `Delivery` values here; receipts stay opaque. Never retries by itself.
"""

from __future__ import annotations

import logging
import time
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jobqueue.consumer.ports import Failure
from jobqueue.consumer.rate_limited_log import RateLimitedLog
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.sqs.errors import receipt_gone, translated

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls

POLL_MARGIN_SECONDS = 10
"""A long poll that is silent for so long after its end is lost."""

_SYSTEM_NAMES = ["ApproximateReceiveCount", "SentTimestamp", "AWSTraceHeader", "MessageGroupId"]
logger = logging.getLogger(__name__)
_NO_ATTRIBUTES: Mapping[str, Attribute] = {}


def queue_name(url: str) -> str:
    """The name at the end of a queue's URL."""
    return url.rstrip("/").rsplit("/", 1)[-1]


class SqsQueue:
    """Implements `Queue` over one standard SQS queue. Owns nothing but its URL; safe to call from many threads."""

    def __init__(self, calls: Calls, url: str, *, lease_seconds: int) -> None:
        self.name = queue_name(url)
        self._calls = calls
        self._url = url
        self._lease_seconds = lease_seconds
        self._limited_log = RateLimitedLog(logger)

    def receive(self, max_messages: int, wait_seconds: int) -> Sequence[Delivery]:
        """See the port. Every message is asked to stay hidden for `lease_seconds`, whatever the queue's own default."""
        with translated("ReceiveMessage", self.name):
            answer = self._calls.call(
                "ReceiveMessage",
                {
                    "QueueUrl": self._url,
                    "MaxNumberOfMessages": max_messages,
                    "WaitTimeSeconds": wait_seconds,
                    "VisibilityTimeout": self._lease_seconds,
                    "MessageSystemAttributeNames": _SYSTEM_NAMES,
                    "MessageAttributeNames": ["All"],
                },
                seconds=wait_seconds + POLL_MARGIN_SECONDS,
            )
            now, now_ms = time.monotonic(), time.time_ns() // 1_000_000
            read = [self._read(message, now, now_ms) for message in answer.get("Messages", [])]
        return [delivery for delivery in read if delivery is not None]

    def delete(self, deliveries: Sequence[Delivery]) -> Sequence[Failure]:
        """See the port."""
        entries = [{"Id": str(index), "ReceiptHandle": delivery.receipt} for index, delivery in enumerate(deliveries)]
        with translated("DeleteMessage", self.name):
            answer = self._calls.call("DeleteMessageBatch", {"QueueUrl": self._url, "Entries": entries})
            return failures(answer, len(entries), gone=receipt_gone)

    def change_visibility(self, deliveries: Sequence[tuple[Delivery, int]]) -> Sequence[Failure]:
        """See the port."""
        entries = [
            {"Id": str(index), "ReceiptHandle": delivery.receipt, "VisibilityTimeout": seconds}
            for index, (delivery, seconds) in enumerate(deliveries)
        ]
        with translated("ChangeMessageVisibility", self.name):
            answer = self._calls.call("ChangeMessageVisibilityBatch", {"QueueUrl": self._url, "Entries": entries})
            return failures(answer, len(entries), gone=receipt_gone)

    def _read(self, message: Mapping[str, Any], now: float, now_ms: int) -> Delivery | None:
        """None for a message that cannot be read, whose lease then lapses: the nine beside it are not lost with it."""
        try:
            return self._delivery(message, now, now_ms)
        except Exception as error:  # noqa: BLE001 (whatever one message holds, the others are given)
            text = f"a message of {self.name} cannot be read ({type(error).__name__}: {str(error)[:200]}); it is left in the queue"
            self._limited_log.warning("unreadable", text)
            return None

    def _delivery(self, message: Mapping[str, Any], now: float, now_ms: int) -> Delivery:
        system = message["Attributes"]
        stated = message.get("MessageAttributes")
        return Delivery(
            queue=self.name,
            message_id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            body=message["Body"],
            receive_count=int(system["ApproximateReceiveCount"]),
            sent_ms=int(system["SentTimestamp"]),
            received_at=now,
            received_ms=now_ms,
            attributes={name: read_attribute(value) for name, value in stated.items()} if stated else _NO_ATTRIBUTES,
            trace_header=system.get("AWSTraceHeader"),
            group_id=system.get("MessageGroupId"),
        )


def failures(answer: Mapping[str, Any], count: int, *, gone: Callable[[str], bool]) -> Sequence[Failure]:
    """The entries of a batch of `count` that the answer does not confirm; their Ids are places in what was given, and
    `gone` tells by the code that no further try can help.

    What is named neither as successful nor as failed has failed, as far as we know.
    """
    successful = answer.get("Successful", ())
    if len(successful) == count:
        return ()
    failed = [
        Failure(
            index=int(entry["Id"]),
            code=entry["Code"],
            message=entry.get("Message", ""),
            gone=gone(entry["Code"]),
        )
        for entry in answer.get("Failed", ())
    ]
    answered = {int(entry["Id"]) for entry in successful} | {failure.index for failure in failed}
    silent = [index for index in range(count) if index not in answered]
    return [
        *failed,
        *(Failure(index, "NoAnswer", "the answer does not name this entry", unknown=True) for index in silent),
    ]


def read_attribute(value: Mapping[str, Any]) -> Attribute:
    """Of a received message, as the JSON protocol writes it."""
    binary = value.get("BinaryValue")
    return Attribute(value.get("StringValue", "") if binary is None else b64decode(binary), value["DataType"])
