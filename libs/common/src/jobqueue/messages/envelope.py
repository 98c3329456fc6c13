"""How does a background job travel? Layer 1, any thread.

Body: jobId, jobType, correlationId, timestamp, version, data {originalTrigger, mainJobResult}. Attributes: jobId, jobType and the W3C trace
headers, at most 4 of SQS's 10, so that a dead letter still has room for ours.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.errors import Unsupported
from jobqueue.messages.job import Job, check_type, correlation_id_of, job_id_of
from jobqueue.messages.json import JsonObject, field_of, read_object, write_object
from jobqueue.messages.outgoing import OutgoingMessage

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1


def write_envelope(
    job: Job, job_type: str, main_job_result: JsonObject | None, trace_headers: Mapping[str, str]
) -> OutgoingMessage:
    """The message that queues a background job under `job`'s id, correlation id and original trigger.

    Raises:
        TypeError: the main job's result is not JSON.
    """
    body = {
        "jobId": job.job_id,
        "jobType": job_type,
        "correlationId": job.correlation_id,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "version": VERSION,
        "data": {"originalTrigger": job.trigger, "mainJobResult": main_job_result},
    }
    attributes = {"jobId": Attribute(job.job_id), "jobType": Attribute(job_type)}
    for name, value in trace_headers.items():
        attributes[name] = Attribute(value)
    return OutgoingMessage(write_object(body), attributes)


def read_envelope(delivery: Delivery) -> Job:
    """Decodes a delivery of the background queue.

    Raises:
        Undecodable: with the reason `malformed_json`, `wrong_schema`, `job_id` or `correlation_id`.
        Unsupported: a version newer than this worker knows.
    """
    body = read_object(delivery.body)
    version = field_of(body, "version", int)
    if version is not None and version > VERSION:
        raise Unsupported(f"version {version} is newer than {VERSION}, the newest this worker knows")
    data = field_of(body, "data", dict) or {}
    trigger = data.get("originalTrigger")
    return Job(
        job_id=job_id_of(delivery, body),
        correlation_id=correlation_id_of(delivery, body),
        type=check_type(body.get("jobType") or delivery.text("jobType"), "jobType"),
        data=data,
        body=body,
        trigger=trigger if isinstance(trigger, dict) else {},
        version=version or VERSION,
    )
