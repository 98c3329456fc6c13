"""The queues of a service, opened and checked. Main thread, once at start."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import NoRegionError

from jobqueue.settings import SettingError
from jobqueue.sqs.check import check_destination, check_source, refuse_fifo, refuse_loops
from jobqueue.sqs.client import Timeouts, sqs_client
from jobqueue.sqs.errors import CALL_FAILED, translate
from jobqueue.sqs.queue import SqsQueue, queue_name
from jobqueue.sqs.sender import SqsSender

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_sqs import SQSClient

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


@dataclass(frozen=True)
class Clients:
    """For all queues of the process: long polls go through `polls`, everything else through `calls`."""

    polls: SQSClient
    calls: SQSClient


def open_clients(
    session: Session,
    settings: SqsSettings,
    *,
    source_url: str,
    polls: int,
    poll_seconds: float,
    calls: int,
    call_seconds: float,
) -> Clients:
    """Makes the clients; `polls` and `calls` are how many may overlap, `poll_seconds` is how long a poll waits at the service, `call_seconds` how
    long another call may take.

    Raises:
        SettingError: no Region, no such endpoint.
        QueueError: half a pair of credentials.
    """

    def made(connections: int, timeouts: Timeouts) -> SQSClient:
        return sqs_client(region=settings.aws_region, connections=connections, session=session, timeouts=timeouts)

    try:
        return Clients(
            polls=made(polls, Timeouts.of_a_poll(poll_seconds)), calls=made(calls, Timeouts.within(call_seconds))
        )
    except NoRegionError:
        raise SettingError("AWS_REGION is not set, and no profile names a Region") from None
    except CALL_FAILED as error:  # half a pair of credentials
        raise translate(error, action="GetQueueAttributes", queue=queue_name(source_url)) from error
    except ValueError as error:
        variable = "AWS_ENDPOINT_URL_SQS" if os.environ.get("AWS_ENDPOINT_URL_SQS") else "AWS_ENDPOINT_URL"
        raise SettingError(f"{variable}: {error}") from None


def open_queues(
    clients: Clients,
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
    client, max_bytes = clients.calls, settings.max_message_bytes
    retention = check_source(client, source_url, dead_letter_url=dead_letter_url, max_receive_count=max_receive_count)
    # What came in may be larger than what we are to send: a dead letter may have all that its queue takes.
    max_letter_bytes = check_destination(client, dead_letter_url, max_message_bytes=max_bytes)
    if next_url is not None:
        check_destination(client, next_url, max_message_bytes=max_bytes)
    return OpenQueues(
        source=SqsQueue(client, source_url, lease_seconds=lease_seconds, receiver=clients.polls),
        dead_letters=SqsSender(client, dead_letter_url, max_bytes=max_letter_bytes),
        next=None if next_url is None else SqsSender(client, next_url, max_bytes=max_bytes),
        again=SqsSender(client, source_url, max_bytes=max_bytes),
        retention_seconds=retention,
    )
