"""What a handler's further jobs have in common, one or many: where they go, their data, and the sending of them. Used in the handler's thread, and in
those that it starts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from jobqueue.consumer.job_records import RecordsError
from jobqueue.consumer.ports import QueueError
from jobqueue.messages.errors import RejectJob, RetryJob
from jobqueue.messages.job import check_job_type
from jobqueue.messages.json import write_object

if TYPE_CHECKING:
    from jobqueue.consumer.ports import Sender
    from jobqueue.consumer.queued_records import Announce
    from jobqueue.consumer.routes import Destination, Senders
    from jobqueue.messages.outcome import QueuedJob
    from jobqueue.messages.outgoing import OutgoingMessage

PAUSES_SECONDS = (0.0, 0.2, 1.0)
"""Before each of the three tries of a call."""

Answer = TypeVar("Answer")


def destination_of(senders: Senders, job_type: str, method: str) -> Destination:
    """Raises RejectJob (`no_queue`), and Undecodable for what is no job type."""
    to = senders.of(check_job_type(job_type, "job_type"))
    if to is None:
        raise RejectJob("no_queue", f"{method}: this service was started without a queue to send further jobs to")
    return to


def check_key(key: object, of: str) -> None:
    """Raises ValueError."""
    if key is not None and (not isinstance(key, str) or not key):
        raise ValueError(f"the key of {of} must be text, not {key!r:.60}")


def data_text(job_type: str, data: object) -> str:
    """JSON text. Raises RejectJob (`bad_data`)."""
    try:
        text = write_object(data)
    except TypeError as error:
        raise RejectJob("bad_data", f"the data of job {job_type!r} is not JSON: {error}") from error
    if not text.startswith("{"):
        raise RejectJob("bad_data", f"the data of job {job_type!r} must be a JSON object, not {type(data).__name__}")
    return text


def check_size(sender: Sender, message: OutgoingMessage) -> None:
    """Raises RejectJob (`too_large`)."""
    refusal = sender.refusal(message)
    if refusal is not None:
        raise RejectJob("too_large", refusal)


def send(sender: Sender, further: Sequence[tuple[OutgoingMessage, QueuedJob]], announce: Announce | None) -> None:
    """Records and sends up to ten jobs.

    Raises:
        RejectJob: one can never be sent (`unsendable`, `job_id_conflict`).
        RetryJob: not all are confirmed.
    """
    left = list(further)
    what = f"a further job was not sent to {sender.name}"

    def call() -> None:
        nonlocal left
        if announce is not None:  # asked again where an answer was lost: it may have begun
            # Each with its own tries: ten that share them would fail ten times as often.
            left = [one for one in left if insist(what, partial(announce, one[1]))]
        failures = sender.send([message for message, _ in left]) if left else ()
        for failure in failures:
            if failure.gone:
                raise RejectJob("unsendable", f"{failure.code}: {failure.message}")
        left = [left[failure.index] for failure in failures]
        if failures:
            raise QueueError(f"{failures[0].code}: {failures[0].message}", code=failures[0].code)

    insist(what, call)


def insist(what: str, call: Callable[[], Answer]) -> Answer:
    """Makes a call up to three times. Raises RetryJob."""
    problem = ""
    for pause in PAUSES_SECONDS:
        time.sleep(pause)
        try:
            return call()
        except (QueueError, RecordsError) as error:
            problem = str(error)
    raise RetryJob(f"{what}: {problem}")
