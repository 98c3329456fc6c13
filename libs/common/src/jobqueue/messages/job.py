"""One job as the consumer sees it, whichever queue it came from. Immutable, made by a catalogue, read by every thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from jobqueue.messages.characters import fault_of
from jobqueue.messages.correlation_id import check_correlation_id
from jobqueue.messages.errors import NothingToDo, Undecodable
from jobqueue.messages.job_id import check_job_id, derive_job_id
from jobqueue.messages.json import read_object
from jobqueue.messages.producers import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.json import JsonObject
    from jobqueue.messages.unique import Unique

MAX_TYPE_CHARACTERS = 128
MAIN_STAGE = "main"
"""The stage of a trigger in job records; a background job's is its type, so none has this one."""


class Origin(NamedTuple):
    """What a job hands on to those that follow it, as JSON text: character by character what came, whatever a handler does to its copy."""

    trigger: str = "{}"
    main_job_result: str = "null"


@dataclass(frozen=True, slots=True)
class Job:
    """A decoded delivery. `type` is what the catalogue looks up: a trigger's name or a job type.

    `data` is what the handler gets, and may change; `body` the whole message as it came, unknown fields included. `origin` gives the trigger that
    began it all (of an AWS service's event, what that stands for) and what the main job's handler made of it. `notes` is what the reader should know
    and no reason to refuse the message (an unreadable timestamp). `next_type` is the background job that a trigger asks for, and `unique` what
    that is unique by. `group_id` and
    `trace_header` are the delivery's: what this job sends has them too.
    """

    job_id: str
    correlation_id: str
    type: str
    data: JsonObject
    body: JsonObject
    origin: Callable[[], Origin] = field(default=Origin, compare=False)
    version: int = 1
    notes: tuple[str, ...] = ()
    next_type: str | None = None
    unique: Unique | None = None
    group_id: str | None = None
    trace_header: str | None = None

    @property
    def trigger(self) -> JsonObject:
        """The original trigger, read anew; of a trigger, itself."""
        return read_object(self.origin().trigger)

    @property
    def main_job_result(self) -> JsonObject | None:
        """What the main job's handler returned, read anew; None for a trigger, and where it returned nothing."""
        text = self.origin().main_job_result
        return None if text == "null" else read_object(text)


def job_id_of(delivery: Delivery, body: JsonObject) -> str:
    """The attribute's (a redriven message carries it), the body's, else the one derived from the delivery.

    Raises:
        Undecodable: there is one and it cannot be trusted.
    """
    stated = delivery.text("jobId") or body.get("jobId")
    if stated is None:
        return derive_job_id(delivery.queue, delivery.first_message_id, delivery.first_sent_ms)
    # Whichever clock is ahead: a worker whose own is days behind must not refuse what SQS took today.
    return check_job_id(stated, now_ms=max(delivery.received_ms, delivery.sent_ms))


def best_job_id(delivery: Delivery) -> str:
    """The job id of a delivery that may be broken: the one it states, where that can be trusted, else the derived one. Never raises."""
    for body in (stated_fields(delivery.body), {}):
        try:
            return job_id_of(delivery, body)
        except Undecodable:
            continue
    return derive_job_id(delivery.queue, delivery.first_message_id, delivery.first_sent_ms)


def stated_fields(body: str) -> JsonObject:
    """The fields of a body that may be broken, as its reader sees them; none where it cannot be read. Never raises."""
    try:
        fields = read_object(body)
        return fields if "trigger" in fields or "jobType" in fields else opened(fields)
    except (Undecodable, NothingToDo):
        return {}


def correlation_id_of(delivery: Delivery, body: JsonObject) -> str:
    """The attribute's, the body's, else the MessageId.

    Raises:
        Undecodable: there is one and it cannot be used.
    """
    stated = delivery.text("correlationId") or body.get("correlationId")
    return delivery.first_message_id if stated is None else check_correlation_id(stated)


def check_type(text: object, name: str) -> str:
    """Gives back a trigger's name or a job type from outside.

    Raises:
        Undecodable: not a string, empty, over 128 characters, or with a character that `characters` does not allow.
    """
    if not isinstance(text, str) or not text:
        raise Undecodable("wrong_schema", f"{name} must be a non-empty string")
    if len(text) > MAX_TYPE_CHARACTERS:
        raise Undecodable(
            "wrong_schema", f"{name} has {len(text)} characters; at most {MAX_TYPE_CHARACTERS} are allowed"
        )
    if (fault := fault_of(text)) is not None:
        raise Undecodable("wrong_schema", f"{name} has {fault}")
    return text


def check_job_type(text: object, name: str) -> str:
    """Gives back a job type from outside, which is the sort key of its job's record and the beginning of those of its steps (`TYPE#step#NAME`).

    Raises:
        Undecodable: as `check_type`; or such a key would be another's.
    """
    job_type = check_type(text, name)
    if "#" in job_type:
        raise Undecodable(
            "wrong_schema", f'{name} {job_type!r} has a "#", which parts the keys of job records: use another character'
        )
    if job_type == MAIN_STAGE:
        raise Undecodable(
            "wrong_schema", f"{name} {job_type!r} is what job records call a trigger: choose another name"
        )
    return job_type
