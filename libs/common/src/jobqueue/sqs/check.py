"""Are the queues what the settings say? Layer 3, main thread, once at start: it is cheaper to hear it now than from a dead letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from jobqueue.settings import SettingError
from jobqueue.sqs.errors import CALL_FAILED, translate
from jobqueue.sqs.limits import MOST_MESSAGE_BYTES
from jobqueue.sqs.queue import queue_name

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def refuse_fifo(name: str, url: str) -> None:
    """Raises SettingError for a FIFO queue: its order and its deduplication would need another consumer."""
    if url.rstrip("/").endswith(".fifo"):
        raise SettingError(f"{name}={url} is a FIFO queue; only standard queues are supported")


def check_source(client: SQSClient, url: str, *, dead_letter_url: str, max_receive_count: int) -> None:
    """The queue that we receive from: it exists, we may look at it, and its redrive is the net that the settings count on.

    Raises:
        QueueError: it could not be read.
        SettingError: it has no redrive, another dead-letter queue, or another maxReceiveCount.
    """
    name = queue_name(url)
    attributes = _attributes(client, url, ["RedrivePolicy"])
    policy: dict[str, Any] = orjson.loads(attributes.get("RedrivePolicy") or "{}")
    if not policy:
        raise SettingError(
            f"{name} has no redrive policy: give it one with maxReceiveCount {max_receive_count} to its dead-letter queue"
        )
    if int(policy["maxReceiveCount"]) != max_receive_count:
        raise SettingError(
            f"{name} has maxReceiveCount {policy['maxReceiveCount']}, but MAX_RECEIVE_COUNT={max_receive_count}: make them equal"
        )
    if str(policy["deadLetterTargetArn"]).rsplit(":", 1)[-1] != queue_name(dead_letter_url):
        raise SettingError(f"{name} redrives to {policy['deadLetterTargetArn']}, not to {queue_name(dead_letter_url)}")


def check_destination(client: SQSClient, url: str, *, max_message_bytes: int) -> None:
    """A queue that we send to: it exists, and takes messages as large as MAX_MESSAGE_BYTES.

    Raises:
        QueueError: it could not be read.
        SettingError: its MaximumMessageSize is smaller.
    """
    stated = int(_attributes(client, url, ["MaximumMessageSize"]).get("MaximumMessageSize", MOST_MESSAGE_BYTES))
    if stated < max_message_bytes:
        raise SettingError(
            f"{queue_name(url)} takes messages of {stated:,} bytes, but MAX_MESSAGE_BYTES={max_message_bytes:,}: lower it"
        )


def _attributes(client: SQSClient, url: str, names: list[Any]) -> dict[str, str]:
    try:
        answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)
    except CALL_FAILED as error:
        raise translate(error, action="GetQueueAttributes", queue=queue_name(url)) from error
    return {str(name): value for name, value in answer.get("Attributes", {}).items()}
