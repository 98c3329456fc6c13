"""History of a message that was sent again as a copy of itself. Immutable, any thread.

SQS cannot lower a receive count, so what a stop gives back, or a failure resets, is a copy (see `returned`). The copy is a new message with another
MessageId and another SentTimestamp; this one attribute keeps what would be lost. Any sender can write it, so a value that
is not a valid history is ignored.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

HISTORY = "jobqueueHistory"
"""The attribute's name."""

_Count = Annotated[int, Meta(ge=0, le=1_000_000)]
_Ms = Annotated[int, Meta(ge=0, lt=2**47)]  # fits into a job id's 48 bits
_MessageId = Annotated[
    str, Meta(pattern="^[A-Za-z0-9-]{1,100}$")
]  # at most 100 characters (Developer Guide, "Message ID")


class History(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Of the first send: `message_id` and `sent_ms`, from which the ids of a job that states none are derived. Of all incarnations before this one:
    `receives`, `attempts` whose end is known, and how many receives since the last of them are `lost`: their end is not known.

    `trial` is not 0: each receive of this incarnation either runs at once and alone, or is given back at once; beyond 1 it counts those of the
    incarnations before that were lost. `held_until_ms`: a delay longer than SQS knows for a send; received earlier, the message is hidden for the
    rest.
    """

    message_id: _MessageId
    sent_ms: _Ms
    receives: _Count = 0
    attempts: _Count = 0
    lost: _Count = 0
    trial: _Count = 0
    held_until_ms: _Ms = 0

    def write(self) -> str:
        """Compact JSON."""
        return msgspec.json.encode(self).decode()


def read_history(text: str | bytes) -> History | None:
    """The history in an attribute's value; None where it is not valid."""
    try:
        return msgspec.json.decode(text, type=History)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):  # the last: for thousands of levels
        return None
