"""What does a dead letter look like, and how does it become the original again? Layer 1, any thread.

The original body and attributes are kept; ours say why. SQS takes 10 attributes: ours go first, then the originals; originals that do not
fit travel together in one JSON attribute, from which `restored` brings them back.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import orjson

from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.outgoing import OutgoingMessage

if TYPE_CHECKING:
    from jobqueue.messages.json import JsonObject

MOST_ATTRIBUTES = 10
"""SQS's limit for one message."""

REASON = "deadLetterReason"
ERROR_TYPE = "deadLetterErrorType"
ERROR = "deadLetterError"
SERVICE = "deadLetterService"
RECEIVE_COUNT = "deadLetterReceiveCount"
TRACE_ID = "deadLetterTraceId"
SURPLUS = "deadLetterOriginalAttributes"
OURS = frozenset({REASON, ERROR_TYPE, ERROR, SERVICE, RECEIVE_COUNT, TRACE_ID, SURPLUS})
MOST_ERROR_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a delivery is dead. `job_id` is None where the message was too broken to have one."""

    reason: str
    error_type: str
    error: str
    service: str
    version: str
    job_id: str | None = None
    correlation_id: str | None = None
    trace_id: str = ""


def dead_letters(delivery: Delivery, diagnosis: Diagnosis) -> Iterator[OutgoingMessage]:
    """What to try to send, best first: with our attributes, then as it came (a message near SQS's size limit has no room for ours)."""
    ours = {
        REASON: Attribute(_clean(diagnosis.reason)),
        ERROR_TYPE: Attribute(_clean(diagnosis.error_type)),
        ERROR: Attribute(_clean(diagnosis.error)),
        SERVICE: Attribute(f"{diagnosis.service} {diagnosis.version}"),
        RECEIVE_COUNT: Attribute(str(delivery.receive_count), "Number"),
    }
    if diagnosis.trace_id:
        ours[TRACE_ID] = Attribute(diagnosis.trace_id)
    originals = {name: value for name, value in delivery.attributes.items() if name not in OURS}
    if diagnosis.job_id is not None:
        originals = {"jobId": Attribute(diagnosis.job_id), **originals}
    yield OutgoingMessage(delivery.body, {**ours, **_fitted(originals, MOST_ATTRIBUTES - len(ours))})
    yield OutgoingMessage(delivery.body, delivery.attributes)


def restored(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """The attributes of the original message: ours stripped, the surplus unpacked."""
    kept = {name: value for name, value in attributes.items() if name not in OURS}
    surplus = attributes.get(SURPLUS)
    if surplus is not None:
        kept.update({name: _unpacked(value) for name, value in orjson.loads(surplus.value).items()})
    return kept


def _fitted(originals: Mapping[str, Attribute], room: int) -> dict[str, Attribute]:
    if len(originals) <= room:
        return dict(originals)
    kept = dict(islice(originals.items(), room - 1))
    surplus = {name: _packed(value) for name, value in islice(originals.items(), room - 1, None)}
    return {**kept, SURPLUS: Attribute(orjson.dumps(surplus).decode())}


def _packed(attribute: Attribute) -> JsonObject:
    if isinstance(attribute.value, bytes):
        return {"kind": attribute.kind, "base64": b64encode(attribute.value).decode()}
    return {"kind": attribute.kind, "value": attribute.value}


def _unpacked(packed: JsonObject) -> Attribute:
    return Attribute(b64decode(packed["base64"]) if "base64" in packed else packed["value"], packed["kind"])


def _clean(text: str) -> str:
    """An attribute's value may not be empty nor hold control characters."""
    shown = "".join(character if character.isprintable() else " " for character in text[:MOST_ERROR_CHARACTERS])
    return shown.strip() or "-"
