"""What should happen to a delivery. Immutable; decided in a worker thread, carried out by the settler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobqueue.messages.outgoing import OutgoingMessage


@dataclass(frozen=True, slots=True)
class Done:
    """The handler returned: send `then` (the next job) where there is one, and delete once that send is confirmed.

    `line` is what stdout says of the job then, where it has not been said yet.
    """

    then: OutgoingMessage | None = None
    line: Mapping[str, object] | None = field(default=None, compare=False)
    word = "done"


@dataclass(frozen=True, slots=True)
class Retry:
    """Hide the message for `after_seconds` (whole ones: SQS knows no others), then it comes again."""

    after_seconds: int
    word = "retry"


@dataclass(frozen=True, slots=True)
class Reject:
    """Send `letter` to the dead-letter queue, and delete once that send is confirmed."""

    reason: str
    letter: OutgoingMessage
    word = "reject"


@dataclass(frozen=True, slots=True)
class Release:
    """It never started: visible again at once."""

    word = "release"


@dataclass(frozen=True, slots=True)
class Leave:
    """We give up our say: the lease is left to lapse (hung past its timeout, or still running when the grace period ended)."""

    word = "leave"


Outcome = Done | Retry | Reject | Release | Leave
