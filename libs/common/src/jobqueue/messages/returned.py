"""Copies of a message that are sent back to its own queue, in place of making it visible again: each begins with a receive count of its own.

Body, attributes, group and X-Ray header are the same; one attribute of ours is added (see `history`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobqueue.messages.delivery import Attribute
from jobqueue.messages.history import HISTORY, History
from jobqueue.messages.limits import MAX_ATTRIBUTES, MAX_DELAY_SECONDS
from jobqueue.messages.outgoing import OutgoingMessage

if TYPE_CHECKING:
    from jobqueue.messages.delivery import Delivery

MAX_AGE_SECONDS = 4 * 86_400
"""How long after its first send a message may be sent again: a copy's retention begins anew, so a message could go round for ever. Ours: SQS's
default retention (SetQueueAttributes, MessageRetentionPeriod)."""


def returned(
    delivery: Delivery, *, now_ms: int, attempts: int, lost: int, trial: int = 0, delay_seconds: int = 0
) -> OutgoingMessage | None:
    """The copy, or None where there can be none: no room for one more attribute, or too old. `delay_seconds`: at most 43,200, as for hiding."""
    attributes = {name: value for name, value in delivery.attributes.items() if name != HISTORY}
    if len(attributes) >= MAX_ATTRIBUTES or now_ms - delivery.first_sent_ms > MAX_AGE_SECONDS * 1000:
        return None
    history = History(
        message_id=delivery.first_message_id,
        sent_ms=delivery.first_sent_ms,
        receives=delivery.receives,
        attempts=attempts,
        lost=lost,
        trial=trial,
        held_until_ms=now_ms + delay_seconds * 1000 if delay_seconds > MAX_DELAY_SECONDS else 0,
    )
    return OutgoingMessage(
        delivery.body,
        {**attributes, HISTORY: Attribute(history.write())},
        delay_seconds=min(delay_seconds, MAX_DELAY_SECONDS),
        group_id=delivery.group_id,
        trace_header=delivery.trace_header,
    )
