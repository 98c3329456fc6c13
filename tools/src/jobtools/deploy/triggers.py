"""What becomes of what a person wants to submit? Layer: tools, pure: a body that a service will read, an id of ours, the beginning of a trace."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.errors import Undecodable
from jobqueue.messages.job_id import new_job_id
from jobqueue.messages.json import write_object
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.messages.trigger import read_trigger
from jobqueue.telemetry.trace_headers import SAMPLED, TRACEPARENT, write_traceparent
from jobtools.deploy.wrong import BadWish

TRIGGER = "jobs-submit"
"""The trigger's name where none is said."""
MOST_DELAY_SECONDS = 900
"""SQS's: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html (DelaySeconds)."""


@dataclass(frozen=True, slots=True)
class TriggerWish:
    """What the options say of every trigger; None: not said."""

    trigger: str | None = None
    job_type: str | None = None
    correlation_id: str | None = None
    delay_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Submitted:
    """One trigger as it is sent. `trace_id` is W3C's, as X-Ray wants it: it begins with the time."""

    job_id: str
    correlation_id: str
    trace_id: str
    sent_ms: int
    wants_job: bool
    message: OutgoingMessage


def read_data(text: str, wish: TriggerWish) -> dict[str, Any]:
    """The body. An object with a `trigger` is one, as it stands, and the options change what they name; any other object is a trigger's `data`.

    Raises:
        BadWish: no JSON object, or one that no service would read: it would be a dead letter.
    """
    try:
        said = json.loads(text)
    except ValueError as error:
        raise BadWish(
            f"The data is no JSON: {error}.", "send one JSON object; with --data - one in each line"
        ) from error
    if not isinstance(said, dict):
        raise BadWish(f"The data is JSON, but no object: {text.strip()[:60]}", "send a JSON object")
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    whole = isinstance(said.get("trigger"), str)
    body = dict(said) if whole else {"trigger": wish.trigger or TRIGGER, "timestamp": now, "data": said}
    if whole and wish.trigger:
        body["trigger"] = wish.trigger
    if wish.job_type:
        body["jobType"] = wish.job_type
    if wish.correlation_id:
        body["correlationId"] = wish.correlation_id
    return body


def submitted(body: dict[str, Any], wish: TriggerWish) -> Submitted:
    """Given its id and its trace, now. A job id in the body stays: then it is the idempotency key of whoever wrote it.

    Raises:
        BadWish: no service would read it.
    """
    now_ms = time.time_ns() // 1_000_000
    job_id = body.get("jobId") or new_job_id()
    # X-Ray takes a trace for old whose id does not begin with the time:
    # https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
    trace_id = f"{now_ms // 1000:08x}{secrets.token_hex(12)}"
    parent = write_traceparent(trace_id, secrets.token_hex(8), SAMPLED)
    attributes = {"jobId": Attribute(str(job_id)), TRACEPARENT: Attribute(parent)}
    message = OutgoingMessage(write_object(body), attributes, delay_seconds=wish.delay_seconds)
    try:
        job = read_trigger(Delivery("", "-", "", message.body, 1, now_ms, 0.0, now_ms, attributes))
    except Undecodable as error:
        raise BadWish(
            f"No service would read this: {error}.", "see the trigger's fields in docs/architecture.md"
        ) from error
    stated = "" if job.correlation_id == "-" else job.correlation_id
    return Submitted(job.job_id, stated, trace_id, now_ms, job.next_type is not None, message)
