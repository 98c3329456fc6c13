"""The queues of a service, opened and checked. Main thread, once at start."""

from __future__ import annotations

from collections.abc import Mapping
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
    """The ports of one service; `next` by the names of the queues that jobs are sent to. `again` sends to the source queue itself: copies of what
    goes back, synthetic triggers. That queue forgets messages after `retention_seconds`.
    """

    source: SqsQueue
    dead_letters: SqsSender
    next: Mapping[str, SqsSender]
    again: SqsSender
    retention_seconds: int


def open_queues(
    calls: Calls,
    settings: SqsSettings,
    *,
    source_url: str,
    dead_letter_url: str,
    next_urls: Mapping[str, str],
    lease_seconds: int,
    max_receive_count: int,
    may_feed_itself: bool,
) -> OpenQueues:
    """Checks every queue once. `may_feed_itself`: a next queue may be the source.

    Raises:
        SettingError: a FIFO queue, or a queue that is not what the settings say.
        QueueError: a queue that cannot be read, or credentials that cannot be used.
    """
    nexts = [("next queue", url) for url in next_urls.values()]
    for name, url in (("source queue", source_url), ("dead-letter queue", dead_letter_url), *nexts):
        refuse_fifo(name, url)
    refuse_loops(source_url, dead_letter_url, next_urls.values(), may_feed_itself=may_feed_itself)
    max_bytes = settings.max_message_bytes
    retention = check_source(calls, source_url, dead_letter_url=dead_letter_url, max_receive_count=max_receive_count)
    # What came in may be larger than what we are to send: a dead letter may have all that its queue takes.
    max_letter_bytes = check_destination(calls, dead_letter_url, max_message_bytes=max_bytes)
    for url in next_urls.values():
        check_destination(calls, url, max_message_bytes=max_bytes)
    return OpenQueues(
        source=SqsQueue(calls, source_url, lease_seconds=lease_seconds),
        dead_letters=SqsSender(calls, dead_letter_url, max_bytes=max_letter_bytes),
        next={name: SqsSender(calls, url, max_bytes=max_bytes) for name, url in next_urls.items()},
        again=SqsSender(calls, source_url, max_bytes=max_bytes),
        retention_seconds=retention,
    )
