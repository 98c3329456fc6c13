"""A queue with dead letters in a real SQS server, and what is found in it afterwards."""

from __future__ import annotations

import json
from typing import Any

from jobctl.queries.dead_letter_queue import DeadLetterQueue
from jobqueue.client.boto_calls import BotoCalls
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.sqs.sender import SqsSender

from .letters import delivery, died

CREDENTIALS: Any = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}


def make_pair(sqs: Any, name: str, **attributes: str) -> DeadLetterQueue:
    """A queue and its dead-letter queue."""
    dead = sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]  # first: a redrive policy names it
    source = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return DeadLetterQueue(sqs, source, dead)


def bury(queue: DeadLetterQueue, count: int, *, reason: str = "attempts_exhausted", first: int = 0) -> list[str]:
    """So many letters as a worker sends them; gives the numbers in their bodies."""
    numbers = [str(first + number) for number in range(count)]
    letters = [
        died(delivery(_body(number), message_id=f"m-{number}", queue=queue.source), reason) for number in numbers
    ]
    _send(queue, letters)
    return numbers


def leave(queue: DeadLetterQueue, count: int, *, first: int = 500) -> list[str]:
    """So many letters without a reason, as SQS moves them."""
    numbers = [str(first + number) for number in range(count)]
    _send(queue, [OutgoingMessage(_body(number)) for number in numbers])
    return numbers


def found_in(sqs: Any, url: str, *, wait_seconds: int = 0) -> list[dict[str, Any]]:
    """All messages of a queue, taken out of it."""
    found = []
    while messages := sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        WaitTimeSeconds=wait_seconds,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    ).get("Messages", []):
        found += messages
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def number_of(message: dict[str, Any]) -> str:
    """Which one it is."""
    return str(json.loads(message["Body"])["data"]["number"])


def _body(number: str) -> str:
    return json.dumps({"trigger": "api_call", "data": {"number": number}})


def _send(queue: DeadLetterQueue, messages: list[OutgoingMessage]) -> None:
    assert not SqsSender(BotoCalls(queue.client), queue.url, max_bytes=1 << 20).send(messages)
