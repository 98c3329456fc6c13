"""Dead letters, and how the original is restored from one. Any thread.

The original body, attributes, group and X-Ray header are kept; ours say why. SQS takes 10 attributes: ours go first, then job and correlation
id and the `traceparent`, by which a letter that SQS itself moves back is still part of its trace, then the other originals;
what does not fit travels together in one JSON attribute, from which `restored` brings it back. The ids are attributes also where the original had
none: the letter is a new message, so what a worker derived from the original's MessageId could be found nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from jobqueue.messages.characters import allowed
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.errors import Undecodable
from jobqueue.messages.history import HISTORY
from jobqueue.messages.job import correlation_id_of, stated_fields
from jobqueue.messages.limits import MAX_ATTRIBUTES
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.messages.surplus import SURPLUS, pack, unpack

TRACEPARENT = "traceparent"
"""W3C's name, as in `telemetry`."""

REASON = "deadLetterReason"
ERROR_TYPE = "deadLetterErrorType"
ERROR = "deadLetterError"
SERVICE = "deadLetterService"
RECEIVE_COUNT = "deadLetterReceiveCount"
TRACE_ID = "deadLetterTraceId"
OURS = frozenset({REASON, ERROR_TYPE, ERROR, SERVICE, RECEIVE_COUNT, TRACE_ID, SURPLUS, HISTORY})
MAX_ERROR_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a delivery is dead."""

    reason: str
    error_type: str
    error: str
    service: str
    version: str
    job_id: str
    trace_id: str = ""


def dead_letters(delivery: Delivery, diagnosis: Diagnosis) -> Iterator[OutgoingMessage]:
    """What to try to send, best first: with our attributes, with the reason and the ids alone, as it came (a message near SQS's size limit has no
    room for ours)."""
    ours = {
        REASON: Attribute(_clean(diagnosis.reason)),
        ERROR_TYPE: Attribute(_clean(diagnosis.error_type)),
        ERROR: Attribute(_clean(diagnosis.error)),
        SERVICE: Attribute(f"{diagnosis.service} {diagnosis.version}"),
        RECEIVE_COUNT: Attribute(str(delivery.receives), "Number"),
    }
    if diagnosis.trace_id:
        ours[TRACE_ID] = Attribute(diagnosis.trace_id)
    # Restored, because a redrive by SQS itself brings a letter back with our attributes of its last death.
    stated = restored(delivery.attributes)
    traced = {name: stated[name] for name in stated if name == TRACEPARENT}
    originals = {**_ids(delivery, diagnosis.job_id), **traced, **stated}
    best = [{**first, **fitted(originals, MAX_ATTRIBUTES - len(first))} for first in (ours, {REASON: ours[REASON]})]
    for attributes in (*best, delivery.attributes):
        yield OutgoingMessage(delivery.body, attributes, group_id=delivery.group_id, trace_header=delivery.trace_header)


def _ids(delivery: Delivery, job_id: str) -> dict[str, Attribute]:
    """Of the job. A correlation id that was stated and cannot be used is none: it stays where it is."""
    ids = {"jobId": Attribute(job_id)}
    with suppress(Undecodable):
        ids["correlationId"] = Attribute(correlation_id_of(delivery, stated_fields(delivery.body)))
    return ids


def restored(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """The attributes of the original message: ours stripped, the surplus unpacked. A surplus that is not valid is dropped."""
    kept = {name: value for name, value in attributes.items() if name not in OURS}
    if SURPLUS in attributes:
        kept |= {name: Attribute(*packed) for name, packed in unpack(attributes[SURPLUS].value).items()}
    return kept


def fitted(attributes: Mapping[str, Attribute], room: int = MAX_ATTRIBUTES) -> dict[str, Attribute]:
    """At most so many: the first ones as they are, the others in one."""
    if len(attributes) <= room:
        return dict(attributes)
    kept = dict(islice(attributes.items(), room - 1))
    return {**kept, SURPLUS: Attribute(pack(dict(islice(attributes.items(), room - 1, None))))}


def _clean(text: str) -> str:
    """An attribute's value may not be empty, nor hold what SQS does not carry or what hides the rest from a reader."""
    shown = "".join(character if allowed(character) else " " for character in text[:MAX_ERROR_CHARACTERS])
    return shown.strip() or "-"
