"""Turns a dead letter back into the original message.

Body, original attributes, group and X-Ray header are kept; the attributes of the dead letter are removed. Job and correlation id are added as
attributes where they are missing: the copy gets a new MessageId, from which a worker would derive another job id. An attribute of the original is
never overwritten, not even a job id that no worker accepts: that one is rejected again.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations

from jobctl.queries.dead_letter import DeadLetter
from jobqueue.messages.dead_letter import fitted, restored
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.limits import MAX_ATTRIBUTES
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.telemetry.trace_headers import TRACEPARENT, TRACESTATE

JOB_ID = "jobId"
CORRELATION_ID = "correlationId"


class NoRoomError(Exception):
    """The original, with the ids that must be added, is larger than the queue allows."""


def redriven(letter: DeadLetter, *, max_bytes: int) -> OutgoingMessage:
    """The message to send to the source queue; `max_bytes` is that queue's MaximumMessageSize, attributes counted.

    If there is no room for both ids, an id that the body states is left out. Attributes that still do not fit go into the surplus, the ids first:
    workers read them there.

    Raises:
        NoRoomError: too large with the ids that must be attributes. The letter stays where it is.
    """
    attributes = restored(letter.delivery.attributes)
    attributes.setdefault(JOB_ID, Attribute(letter.job_id))
    if letter.correlation_id is not None:
        attributes.setdefault(CORRELATION_ID, Attribute(letter.correlation_id))
    delivery, body = letter.delivery, letter.fields()
    whole = OutgoingMessage(delivery.body, attributes, group_id=delivery.group_id, trace_header=delivery.trace_header)
    ids = {name: attributes[name].value for name in (JOB_ID, CORRELATION_ID) if name in attributes}
    stated = sorted(name for name, value in ids.items() if body.get(name) == value)
    for left_out in chain.from_iterable(combinations(stated, size) for size in range(len(stated) + 1)):
        kept = {name: value for name, value in attributes.items() if name not in left_out}
        message = replace(whole, attributes=kept)
        if len(kept) <= MAX_ATTRIBUTES and message.size() <= max_bytes:
            return message
    message = replace(whole, attributes=fitted(dict(sorted(attributes.items(), key=_urgency))))
    if message.size() <= max_bytes:
        return message
    raise NoRoomError(f"no room for its ids: the queue takes {max_bytes:,} bytes in all")


def _urgency(named: tuple[str, Attribute]) -> int:
    """Sort key: trace headers are read from attributes only, the ids from the surplus as well."""
    name, _ = named
    return 0 if name in (TRACEPARENT, TRACESTATE) else 2 if name in (JOB_ID, CORRELATION_ID) else 1
