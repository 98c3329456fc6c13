"""How does a trigger's body read? Layer 1, any thread.

{"trigger": "api_call", "timestamp": "...", "triggerBackgroundJob": true, "jobType": "...", "correlationId": "...", "jobId": "...", "data": {}}
Only `trigger` is required. Unknown fields are kept and handed on with the original trigger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from jobqueue.messages.job import Job, check_type, correlation_id_of, job_id_of
from jobqueue.messages.json import JsonObject, field_of, read_object

if TYPE_CHECKING:
    from jobqueue.messages.delivery import Delivery

DEFAULT_JOB_TYPE = "main-job-processing"


@dataclass(frozen=True, slots=True)
class Trigger:
    """What the trigger asks for after the main job: a background job of `job_type`, or none (`None`)."""

    job: Job
    job_type: str | None


def read_trigger(delivery: Delivery) -> Trigger:
    """Decodes a delivery of the trigger queue.

    Raises:
        Undecodable: with the reason `malformed_json`, `wrong_schema`, `job_id` or `correlation_id`.
    """
    body = read_object(delivery.body)
    name = check_type(body.get("trigger"), "trigger")
    wanted = field_of(body, "triggerBackgroundJob", bool)
    stated = body.get("jobType")
    job_type = DEFAULT_JOB_TYPE if stated is None else check_type(stated, "jobType")
    job = Job(
        job_id=job_id_of(delivery, body),
        correlation_id=correlation_id_of(delivery, body),
        type=name,
        data=field_of(body, "data", dict) or {},
        body=body,
        notes=_timestamp_notes(body),
    )
    return Trigger(job, job_type if wanted is not False else None)


def _timestamp_notes(body: JsonObject) -> tuple[str, ...]:
    stated = body.get("timestamp")
    if stated is None:
        return ()
    try:
        datetime.fromisoformat(stated)
    except (TypeError, ValueError):
        return (f"unreadable timestamp {stated!r:.60}",)
    return ()
