"""Checks at start that the queues match the settings. Main thread, once.

A check that fails for a passing reason (throttled, 5xx, a connection cut) is repeated twice: a worker that is started while SQS is busy should
start. A lasting refusal is reported at once.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import orjson

from jobqueue.consumer.ports import QueueError, QueueRefused
from jobqueue.messages.limits import DEFAULT_RETENTION_SECONDS, MAX_MESSAGE_BYTES
from jobqueue.settings import SettingError
from jobqueue.sqs.errors import translated
from jobqueue.sqs.queue import queue_name

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls

PAUSES_SECONDS = (0.3, 1.0)
"""Before the second and the third try."""

CALL_SECONDS = 10.0
"""For each try, whatever the lease: none is held yet."""

MAX_SECONDS = 3.0
"""No further try after this time: an endpoint that does not answer is reported after one try."""


def refuse_fifo(name: str, url: str) -> None:
    """Raises SettingError for a FIFO queue: its order and its deduplication would need another consumer."""
    if url.rstrip("/").endswith(".fifo"):
        raise SettingError(f"the {name} {url} is a FIFO queue; only standard queues are supported")


def refuse_loops(source_url: str, dead_letter_url: str, next_urls: Collection[str], *, may_feed_itself: bool) -> None:
    """Raises SettingError where one queue has two roles: each job would become another one of itself, or a dead letter."""
    source, dead = source_url.rstrip("/"), dead_letter_url.rstrip("/")
    if source == dead:
        raise SettingError(f"the source queue {source_url} is its own dead-letter queue: name two queues")
    for url in next_urls:
        if url.rstrip("/") == dead:
            raise SettingError(f"the next queue {url} is the dead-letter queue: jobs sent there would never run")
        if url.rstrip("/") == source and not may_feed_itself:
            raise SettingError(f"the next queue {url} is the source queue: each job would queue another one for itself")


def check_source(calls: Calls, url: str, *, dead_letter_url: str, max_receive_count: int) -> int:
    """The queue that we receive from: it exists, we may look at it, and its redrive policy matches the settings. Gives the seconds
    after which it forgets a message.

    Raises:
        QueueError: it could not be read.
        SettingError: it has no redrive, another dead-letter queue, or another maxReceiveCount.
    """
    name = queue_name(url)
    attributes = _attributes(calls, url, "RedrivePolicy", "MessageRetentionPeriod")
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
    return int(attributes.get("MessageRetentionPeriod", DEFAULT_RETENTION_SECONDS))


def check_destination(calls: Calls, url: str, *, max_message_bytes: int) -> int:
    """A queue that we send to: it exists, and takes messages as large as MAX_MESSAGE_BYTES. Gives the bytes that it takes.

    Raises:
        QueueError: it could not be read.
        SettingError: its MaximumMessageSize is smaller.
    """
    stated = int(_attributes(calls, url, "MaximumMessageSize").get("MaximumMessageSize", MAX_MESSAGE_BYTES))
    if stated < max_message_bytes:
        raise SettingError(
            f"{queue_name(url)} takes messages of {stated:,} bytes, but MAX_MESSAGE_BYTES={max_message_bytes:,}: lower it"
        )
    return stated


def _attributes(calls: Calls, url: str, *names: str) -> dict[str, str]:
    """The attributes, where the queue has them, and `QueueArn`, which every queue has."""
    began = time.monotonic()
    for pause in PAUSES_SECONDS:
        try:
            return _look(calls, url, *names)
        except QueueRefused:
            raise
        except QueueError:
            if time.monotonic() - began > MAX_SECONDS:
                raise
        time.sleep(pause)
    return _look(calls, url, *names)


def _look(calls: Calls, url: str, *names: str) -> dict[str, str]:
    with translated("GetQueueAttributes", queue_name(url)):
        asked = {"QueueUrl": url, "AttributeNames": [*names, "QueueArn"]}
        answer = calls.call("GetQueueAttributes", asked, seconds=CALL_SECONDS)
        attributes: dict[str, str] = answer["Attributes"]
        attributes["QueueArn"]  # every queue has one: else it is not SQS that answers
    return attributes
