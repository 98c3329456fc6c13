"""A background job's message, written and read. Any thread.

Body: jobId, jobType, correlationId, timestamp, version, data {originalTrigger, mainJobResult}. Attributes: jobId, jobType and the W3C trace
headers, at most 4 of SQS's 10, so that a dead letter still has room for ours.

A message without a `jobType` may be an AWS service's (see `producers`): then it is the job that a main job would have queued for that trigger, of the
type that the trigger names, or of the trigger's own name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.errors import Unsupported
from jobqueue.messages.job import Job, check_type, correlation_id_of, job_id_of
from jobqueue.messages.json import JsonObject, field_of, read_object, write_object
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.messages.producers import opened

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1


def write_envelope(
    job: Job, job_type: str, main_job_result: JsonObject | None, trace_headers: Mapping[str, str]
) -> OutgoingMessage:
    """The message that queues a background job under `job`'s id, correlation id and original trigger, in its group and with its X-Ray header.

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
    return OutgoingMessage(write_object(body), attributes, group_id=job.group_id, trace_header=job.trace_header)


def read_envelope(delivery: Delivery) -> Job:
    """Decodes a delivery of the background queue.

    Raises:
        Undecodable: with the reason `malformed_json`, `wrong_schema`, `job_id` or `correlation_id`.
        Unsupported: a version newer than this worker knows.
        NothingToDo: a producer's test.
    """
    body = fields = read_object(delivery.body)
    if "jobType" not in body and delivery.text("jobType") is None:
        fields = opened(body)
        if fields is not body and "trigger" in fields:
            return _job_of(delivery, body, fields)
    version = field_of(fields, "version", int)
    if version is not None and version > VERSION:
        raise Unsupported(f"version {version} is newer than {VERSION}, the newest this worker knows")
    data = field_of(fields, "data", dict) or {}
    trigger = data.get("originalTrigger")
    return Job(
        job_id=job_id_of(delivery, fields),
        correlation_id=correlation_id_of(delivery, fields),
        group_id=delivery.group_id,
        trace_header=delivery.trace_header,
        type=check_type(fields.get("jobType") or delivery.text("jobType"), "jobType"),
        data=data,
        body=body,
        trigger=trigger if isinstance(trigger, dict) else {},
        version=version or VERSION,
    )


def _job_of(delivery: Delivery, body: JsonObject, trigger: JsonObject) -> Job:
    return Job(
        job_id=job_id_of(delivery, trigger),
        correlation_id=correlation_id_of(delivery, trigger),
        group_id=delivery.group_id,
        trace_header=delivery.trace_header,
        type=check_type(trigger.get("jobType") or trigger["trigger"], "jobType"),
        data={"originalTrigger": trigger, "mainJobResult": None},
        body=body,
        trigger=trigger,
    )
