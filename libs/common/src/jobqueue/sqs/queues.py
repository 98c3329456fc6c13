"""The queues of a service, opened and checked. Main thread, once at start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobqueue.sqs.check import check_destination, check_source, refuse_fifo, refuse_loops
from jobqueue.sqs.queue import SqsQueue
from jobqueue.sqs.sender import SqsSender

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls
    from jobqueue.sqs.settings import SqsSettings


@dataclass(frozen=True)
class OpenQueues:
    """The ports of one service; `again` sends to the source queue itself: copies of what goes back, synthetic triggers. That queue forgets messages
    after `retention_seconds`."""

    source: SqsQueue
    dead_letters: SqsSender
    next: SqsSender | None
    again: SqsSender
    retention_seconds: int


def open_queues(
    calls: Calls,
    settings: SqsSettings,
    *,
    source_url: str,
    dead_letter_url: str,
    next_url: str | None,
    lease_seconds: int,
    max_receive_count: int,
    may_feed_itself: bool,
) -> OpenQueues:
    """Checks every queue once. `may_feed_itself`: the next queue may be the source.

    Raises:
        SettingError: a FIFO queue, or a queue that is not what the settings say.
        QueueError: a queue that cannot be read, or credentials that cannot be used.
    """
    named = {"source queue": source_url, "dead-letter queue": dead_letter_url, "next queue": next_url or ""}
    for name, url in named.items():
        refuse_fifo(name, url)
    refuse_loops(source_url, dead_letter_url, next_url, may_feed_itself=may_feed_itself)
    max_bytes = settings.max_message_bytes
    retention = check_source(calls, source_url, dead_letter_url=dead_letter_url, max_receive_count=max_receive_count)
    # What came in may be larger than what we are to send: a dead letter may have all that its queue takes.
    max_letter_bytes = check_destination(calls, dead_letter_url, max_message_bytes=max_bytes)
    if next_url is not None:
        check_destination(calls, next_url, max_message_bytes=max_bytes)
    return OpenQueues(
        source=SqsQueue(calls, source_url, lease_seconds=lease_seconds),
        dead_letters=SqsSender(calls, dead_letter_url, max_bytes=max_letter_bytes),
        next=None if next_url is None else SqsSender(calls, next_url, max_bytes=max_bytes),
        again=SqsSender(calls, source_url, max_bytes=max_bytes),
        retention_seconds=retention,
    )
