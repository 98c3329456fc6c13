"""Outcomes: what happens to a delivery. Immutable; decided in a worker thread, carried out by the settler.

A `copy` is sent to the delivery's own queue, and the delivery is deleted once that is confirmed; without one it is hidden. `end`: the job is over,
and an event says so before the delivery is deleted; None: none does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobqueue.messages.job_end import JobEnd
from jobqueue.messages.outgoing import OutgoingMessage


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job that is about to be sent, as its record names it. An empty `digest` is that of any data; `parent` is the id of the job whose handler
    sends it, if its id is another; of a batch's job the batch's, and `number` which of them it is, from 1 on."""

    job_id: str
    job_type: str
    correlation_id: str
    digest: str = ""
    parent: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """The handler returned: send `then` (the next job) to the queue `to` where there is one, and delete once that send is confirmed.

    `queued` is the next job as its record names it before it is sent; None: it has none.
    `line` is logged on stdout then, where it has not been logged yet.
    """

    then: OutgoingMessage | None = None
    to: str = ""
    queued: QueuedJob | None = None
    line: Mapping[str, object] | None = field(default=None, compare=False)
    end: JobEnd | None = field(default=None, compare=False)
    word = "done"


@dataclass(frozen=True, slots=True)
class Retry:
    """It comes again in `after_seconds` (whole ones: SQS knows no others)."""

    after_seconds: int
    copy: OutgoingMessage | None = None
    word = "retry"


@dataclass(frozen=True, slots=True)
class Reject:
    """Send `letter` to the dead-letter queue, and delete once that send is confirmed."""

    reason: str
    letter: OutgoingMessage
    end: JobEnd | None = field(default=None, compare=False)
    word = "reject"


@dataclass(frozen=True, slots=True)
class Release:
    """Given back: it never started, or its handler handed it on at a stop. It comes again in `after_seconds`, and the copy counts no attempt."""

    after_seconds: int = 0
    copy: OutgoingMessage | None = None
    word = "release"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Somebody cancelled the job, and it ended for that or never began: delete. `reason` is theirs."""

    reason: str
    end: JobEnd | None = field(default=None, compare=False)
    word = "cancelled"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The job `of` has the unique key that this trigger's job asks for, and stands for it: delete."""

    of: str
    word = "duplicate"


@dataclass(frozen=True, slots=True)
class Leave:
    """Still running when the grace period ended. Without a copy its lease is left to lapse."""

    copy: OutgoingMessage | None = None
    word = "leave"


Outcome = Done | Retry | Reject | Release | Cancelled | Duplicate | Leave
