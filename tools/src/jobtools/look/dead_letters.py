"""How is a dead-letter queue looked into without taking anything out? Layer: tools, one thread, plain boto3.

SQS has no peek: a look receives all letters, which hides them, and then makes them visible again. A reader that dies in between leaves them hidden
for `HIDE_SECONDS`, never lost. Each look adds one to a letter's receive count, which means nothing on a queue without redrive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobqueue.sqs.limits import ENTRIES_PER_CALL
from jobqueue.sqs.queue import queue_name
from jobtools.look.dead_letter import DeadLetter, read_dead_letter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

HIDE_SECONDS = 60
"""Longer than it takes to receive some thousand letters."""


def read_dead_letters(sqs: SQSClient, url: str, *, most: int = 10_000) -> list[DeadLetter]:
    """The letters in the queue, up to `most`, in the order in which they came.

    Raises:
        botocore.exceptions.ClientError: no such queue, no permission.
    """
    found: dict[str, tuple[int, DeadLetter]] = {}
    receipts: list[str] = []
    try:
        while len(found) < most:
            answer = sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=ENTRIES_PER_CALL,
                VisibilityTimeout=HIDE_SECONDS,
                WaitTimeSeconds=0,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            messages = answer.get("Messages", [])
            receipts += [message["ReceiptHandle"] for message in messages]
            fresh = {m["MessageId"]: m for m in messages if m["MessageId"] not in found}
            if not fresh:
                break
            for message_id, message in fresh.items():
                sent_ms = int(message["Attributes"]["SentTimestamp"])
                found[message_id] = (sent_ms, read_dead_letter(queue_name(url), message))
    finally:
        _show_again(sqs, url, receipts)
    return [letter for _, letter in sorted(found.values(), key=lambda pair: pair[0])]


def _show_again(sqs: SQSClient, url: str, receipts: list[str]) -> None:
    for start in range(0, len(receipts), ENTRIES_PER_CALL):
        part = receipts[start : start + ENTRIES_PER_CALL]
        sqs.change_message_visibility_batch(
            QueueUrl=url,
            Entries=[
                {"Id": str(place), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for place, receipt in enumerate(part)
            ],
        )
