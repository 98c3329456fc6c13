"""Triggers to submit: a body that a service can read, with a job id and the start of a trace."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from jobqueue.client.errors import InvalidRequestError
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.errors import NothingToDo, Undecodable
from jobqueue.messages.job import stated_fields
from jobqueue.messages.job_id import new_job_id
from jobqueue.messages.json import MAX_LEVELS, JsonObject, read_object
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.messages.producers import opened
from jobqueue.messages.trigger import read_trigger
from jobqueue.messages.unique import Unique
from jobqueue.telemetry.trace_headers import SAMPLED, TRACEPARENT, write_traceparent

TRIGGER = "jobs-submit"
"""The trigger's name where none is given."""


@dataclass(frozen=True, slots=True)
class TriggerOptions:
    """Options of a trigger; None: not given."""

    trigger: str | None = None
    job_type: str | None = None
    correlation_id: str | None = None
    delay_seconds: int = 0
    job_id: str | None = None
    unique_key: str | None = None
    unique_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """One job that was submitted. `created`: False where it was there already: it runs once, whoever submits it again. Without a table of job records
    nobody knows, and it is True. `same_as`: the job that has the unique key that was asked for, where that is another; then nothing was sent, and
    `job_id` is its id too.

    `trace_id` is W3C's, as X-Ray wants it: it begins with the time. `job_type` is the background job's; None: the trigger asks for none.
    """

    job_id: str
    created: bool
    correlation_id: str
    trace_id: str
    sent_ms: int
    job_type: str | None
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """One to send. `data` is the job's, `unique` what that is unique by, `same_as` as of Submitted."""

    job_id: str
    correlation_id: str
    trace_id: str
    sent_ms: int
    job_type: str | None
    data: JsonObject
    message: OutgoingMessage
    unique: Unique | None = None
    same_as: str | None = None

    def known_as(self, job_id: str) -> Trigger:
        """As it is once another job was found to have its unique key."""
        return replace(self, job_id=job_id, same_as=job_id)

    def submitted(self, *, created: bool, same_as: str | None = None) -> Submitted:
        """What its sender is told."""
        job_id = same_as or self.job_id
        return Submitted(job_id, created, self.correlation_id, self.trace_id, self.sent_ms, self.job_type, same_as)


def trigger_body(text: str, options: TriggerOptions) -> str:
    """The body. What a service would take for a trigger (an object with a `trigger`, an event of a producer) is one, as it stands, character by
    character, unless the options name its trigger or job type; any other object is a trigger's `data`.

    Raises:
        InvalidRequestError: no JSON object, or one that no service would read: it would be a dead letter.
    """
    try:
        read = read_object(text, max_levels=MAX_LEVELS)
        event = bool(read) and "trigger" not in read and opened(read) is not read
    except (Undecodable, NothingToDo) as error:
        raise InvalidRequestError(
            f"The data is not a JSON object that a service can read: {error}.",
            "send one JSON object (RFC 8259, UTF-8)",
        ) from error
    if event and (options.trigger or options.job_type or options.unique_key is not None):
        raise InvalidRequestError(
            "A producer's event has its own name, and no unique key.",
            "leave out the trigger's name, the job type and the unique key, or send its content as data",
        )
    if event or "trigger" in read:
        return _changed(text, options)
    _check_integers(text)
    return data_body(text, options)


def data_body(text: str, options: TriggerOptions) -> str:
    """The body of a trigger with that `data`, which is a JSON object."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    ours = {"trigger": options.trigger or TRIGGER, "timestamp": now}
    stated = {"jobType": options.job_type, "correlationId": options.correlation_id}
    begin = json.dumps(ours | {name: value for name, value in stated.items() if value} | _unique(options))
    return f'{begin[:-1]}, "data": {text.strip()}}}'


def _changed(text: str, options: TriggerOptions) -> str:
    """A whole trigger with what the options name; only then it is written anew."""
    named = {"trigger": options.trigger, "jobType": options.job_type}
    changes = {name: value for name, value in named.items() if value} | _unique(options)
    try:
        return json.dumps(json.loads(text) | changes) if changes else text
    except ValueError as error:  # an integer of thousands of digits
        raise InvalidRequestError(
            f"The trigger cannot be changed: {error}.", "leave out the trigger's name and the job type"
        ) from error


def _unique(options: TriggerOptions) -> dict[str, object]:
    """Whatever was given: what is wrong with it is said where the trigger is read."""
    stated = {"uniqueKey": options.unique_key, "uniqueSeconds": options.unique_seconds}
    return {name: value for name, value in stated.items() if value is not None}


def _check_integers(text: str) -> None:
    """Refuse integers beyond 64 bits, which many readers take for floats: what is written must read the same everywhere (RFC 7493)."""

    def checked(digits: str) -> int:
        if len(digits) > 20 or not -(2**63) <= (number := int(digits)) < 2**64:
            raise InvalidRequestError(
                f"The data contains an integer beyond 64 bits: {digits:.40}.",
                "send it as text, or a whole trigger, which goes as it stands",
            )
        return number

    json.loads(text, parse_int=checked)


def prepare(body: str, options: TriggerOptions) -> Trigger:
    """Given its id and its trace, now. A job id in the body stays: then it is the idempotency key of whoever wrote it.

    Raises:
        InvalidRequestError: no service would read it.
    """
    now_ms = time.time_ns() // 1_000_000
    job_id = options.job_id or stated_fields(body).get("jobId") or new_job_id()
    # X-Ray takes a trace for old whose id does not begin with the time:
    # https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
    trace_id = f"{now_ms // 1000:08x}{secrets.token_hex(12)}"
    parent = write_traceparent(trace_id, secrets.token_hex(8), SAMPLED)
    attributes = {"jobId": Attribute(str(job_id)), TRACEPARENT: Attribute(parent)}
    if options.correlation_id:  # goes before the body's, which stays as it is
        attributes["correlationId"] = Attribute(options.correlation_id)
    message = OutgoingMessage(body, attributes, delay_seconds=options.delay_seconds)
    try:
        job = read_trigger(Delivery("", "-", "", body, 1, now_ms, 0.0, now_ms, attributes))
    except (Undecodable, NothingToDo) as error:
        raise InvalidRequestError(
            f"No service can read this trigger: {error}.", "see the fields of a trigger in docs/architecture.md"
        ) from error
    stated = "" if job.correlation_id == "-" else job.correlation_id
    return Trigger(job.job_id, stated, trace_id, now_ms, job.next_type, job.data, message, job.unique)
