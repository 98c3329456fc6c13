"""A trigger's body, read and written. Any thread.

    {"trigger": "api_call", "timestamp": "2026-01-01T00:00:00Z", "triggerBackgroundJob": true, "jobType": "main-job-processing",
     "correlationId": "order-17", "jobId": "01K...", "uniqueKey": "order-17", "uniqueSeconds": 3600, "data": {}}

Only `trigger` is required. Unknown fields are kept and handed on with the original trigger. A body without `trigger` may be an AWS service's: see
`producers`; then the job's `trigger` is what it stands for, and its `body` what came.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jobqueue.messages.errors import Undecodable
from jobqueue.messages.job import Job, Origin, check_job_type, check_type, correlation_id_of, job_id_of
from jobqueue.messages.json import MAX_LEVELS, JsonObject, field_of, read_object, write_object
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.messages.producers import opened
from jobqueue.messages.unique import unique_of

if TYPE_CHECKING:
    from jobqueue.messages.delivery import Delivery

DEFAULT_JOB_TYPE = "main-job-processing"


def read_trigger(delivery: Delivery) -> Job:
    """Decodes a delivery of the trigger queue.

    Raises:
        Undecodable: with the reason `malformed_json`, `wrong_schema`, `job_id` or `correlation_id`.
        NothingToDo: a producer's test.
    """
    body = read_object(delivery.body, max_levels=MAX_LEVELS)
    trigger = body if "trigger" in body else opened(body)
    origin = Origin(delivery.body if trigger is body else write_object(trigger))
    stated = trigger.get("jobType")
    next_type = DEFAULT_JOB_TYPE if stated is None else check_job_type(stated, "jobType")
    asks = field_of(trigger, "triggerBackgroundJob", bool) is not False
    unique = unique_of(trigger.get("uniqueKey"), trigger.get("uniqueSeconds"))
    if unique is not None and not asks:
        raise Undecodable("wrong_schema", "uniqueKey is the background job's, and triggerBackgroundJob is false")
    return Job(
        job_id=job_id_of(delivery, trigger),
        correlation_id=correlation_id_of(delivery, trigger),
        group_id=delivery.group_id,
        trace_header=delivery.trace_header,
        type=check_type(trigger.get("trigger"), "trigger"),
        data=field_of(trigger, "data", dict) or {},
        body=body,
        origin=lambda: origin,
        notes=_timestamp_notes(trigger),
        next_type=next_type if asks else None,
        unique=unique,
    )


def write_trigger(trigger: str, *, correlation_id: str) -> OutgoingMessage:
    """A trigger of our own, made now; its job id is derived from its delivery."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return OutgoingMessage(write_object({"trigger": trigger, "timestamp": now, "correlationId": correlation_id}))


def _timestamp_notes(body: JsonObject) -> tuple[str, ...]:
    stated = body.get("timestamp")
    if stated is None:
        return ()
    try:
        datetime.fromisoformat(stated)
    except (TypeError, ValueError):
        return (f"unreadable timestamp {stated!r:.60}",)
    return ()
