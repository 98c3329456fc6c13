"""A background job's message, written and read. Any thread.

Body: jobId, jobType, correlationId, timestamp, version, data; two versions, which differ in what `data` is.

1   {originalTrigger, mainJobResult}: a main job's next job. The job's data is the original trigger's `data`.
2   the job's own data, as `send_job` was given it; originalTrigger and mainJobResult are beside it. A worker that knows version 1 only would take
    the trigger's data for the job's, so it leaves these to newer ones.

Attributes: jobId, jobType and the W3C trace headers, at most 4 of SQS's 10, so that a dead letter still has room for its reason.

A message without a `jobType` may be an AWS service's (see `producers`): then it is the job that a main job would have queued for that trigger, of the
type that the trigger names, or of the trigger's own name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import orjson
from orjson import Fragment

from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.errors import Undecodable, Unsupported
from jobqueue.messages.job import Job, Origin, check_job_type, correlation_id_of, job_id_of
from jobqueue.messages.json import JsonObject, field_of, read_object, write_object
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.messages.producers import opened

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 2
"""The newest that this worker knows."""


def write_envelope(job: Job, job_type: str, main_job_result: str, trace_headers: Mapping[str, str]) -> OutgoingMessage:
    """The message that queues a trigger's background job, under the trigger's own id, in its group and with its X-Ray header. Version 1.

    `main_job_result` is JSON text.
    """
    data = {"originalTrigger": Fragment(job.origin().trigger), "mainJobResult": Fragment(main_job_result)}
    return _message(job, job.job_id, job_type, {"version": 1, "data": data}, trace_headers)


def write_further_job(
    job: Job, job_id: str, job_type: str, data: str, trace_headers: Mapping[str, str], *, delay_seconds: int = 0
) -> OutgoingMessage:
    """The message that queues a further job for `job`, with `data` (JSON text) of its own, under `job`'s correlation id and origin.

    Version 2.
    """
    origin = job.origin()
    fields = {
        "version": 2,
        "data": Fragment(data),
        "originalTrigger": Fragment(origin.trigger),
        "mainJobResult": Fragment(origin.main_job_result),
    }
    return _message(job, job_id, job_type, fields, trace_headers, delay_seconds)


def read_envelope(delivery: Delivery) -> Job:
    """Decodes a delivery of the background queue.

    Raises:
        Undecodable: with the reason `malformed_json`, `wrong_schema`, `job_id` or `correlation_id`.
        Unsupported: a version newer than this worker knows.
        NothingToDo: a producer's test.
    """
    body = fields = read_object(delivery.body)
    text = delivery.body
    if "jobType" not in body and delivery.text("jobType") is None:
        fields = opened(body)
        if fields is not body:
            text = write_object(fields)
            if "trigger" in fields:
                _check_not_unique(fields)
                return _job_of(delivery, body, fields, Origin(text))
    _check_not_unique(fields)
    version = max(1, field_of(fields, "version", int) or 1)
    if version > VERSION:
        raise Unsupported(f"version {version} is newer than {VERSION}, the newest this worker knows")
    data = field_of(fields, "data", dict) or {}
    if version == 1 and "originalTrigger" in data:
        trigger = data["originalTrigger"]
        data = (field_of(trigger, "data", dict) if isinstance(trigger, dict) else None) or {}
    return Job(
        job_id=job_id_of(delivery, fields),
        correlation_id=correlation_id_of(delivery, fields),
        group_id=delivery.group_id,
        trace_header=delivery.trace_header,
        type=check_job_type(fields.get("jobType") or delivery.text("jobType"), "jobType"),
        data=data,
        body=body,
        origin=partial(_origin_of, text, version),
        version=version,
    )


def _check_not_unique(fields: JsonObject) -> None:
    """Raises Undecodable for what would have to be claimed before it came here: without a word it would run beside others with its key."""
    if fields.get("uniqueKey") is not None:
        raise Undecodable("wrong_schema", "uniqueKey is a trigger's: send it to the queue of the triggers")


def _job_of(delivery: Delivery, body: JsonObject, trigger: JsonObject, origin: Origin) -> Job:
    return Job(
        job_id=job_id_of(delivery, trigger),
        correlation_id=correlation_id_of(delivery, trigger),
        group_id=delivery.group_id,
        trace_header=delivery.trace_header,
        type=check_job_type(trigger.get("jobType") or trigger["trigger"], "jobType"),
        data=field_of(trigger, "data", dict) or {},
        body=body,
        origin=lambda: origin,
    )


class _Origin(msgspec.Struct, rename="camel"):
    original_trigger: msgspec.Raw = msgspec.Raw(b"{}")
    main_job_result: msgspec.Raw = msgspec.Raw(b"null")


class _First(msgspec.Struct):
    data: _Origin | None = None


def _origin_of(body: str, version: int) -> Origin:
    """The texts of a body that was read; what is not an object counts as absent."""
    stated = (
        msgspec.json.decode(body, type=_First).data or _Origin()
        if version == 1
        else msgspec.json.decode(body, type=_Origin)
    )
    trigger, result = (bytes(raw).decode().strip() for raw in (stated.original_trigger, stated.main_job_result))
    return Origin(trigger if trigger.startswith("{") else "{}", result if result.startswith("{") else "null")


def _message(
    job: Job,
    job_id: str,
    job_type: str,
    fields: Mapping[str, object],
    trace_headers: Mapping[str, str],
    delay_seconds: int = 0,
) -> OutgoingMessage:
    body = {
        "jobId": job_id,
        "jobType": job_type,
        "correlationId": job.correlation_id,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        **fields,
    }
    attributes = {"jobId": Attribute(job_id), "jobType": Attribute(job_type)}
    for name, value in trace_headers.items():
        attributes[name] = Attribute(value)
    return OutgoingMessage(
        orjson.dumps(body).decode(),
        attributes,
        delay_seconds=delay_seconds,
        group_id=job.group_id,
        trace_header=job.trace_header,
    )
