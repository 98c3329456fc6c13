"""Job records and steps as DynamoDB's items. Pure. What is empty is not written: each write is billed by the size of the whole item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobqueue.consumer.job_records import VERSION, JobRecord, Key, Status
from jobqueue.consumer.job_steps import JobStep

ATTRIBUTES = {
    "type": "type",
    "status": "status",
    "attempt": "attempt",
    "begins": "begins",
    "expires": "expires",
    "version": "version",
    "correlation_id": "correlationId",
    "digest": "digest",
    "owner": "owner",
    "settled_by": "settledBy",
    "lease_ends": "leaseEnds",
    "queued_at": "queuedAt",
    "began_at": "beganAt",
    "ended_at": "endedAt",
    "due_at": "dueAt",
    "reason": "reason",
    "cancel": "cancel",
    "progress": "progress",
    "cursor": "cursor",
    "parent": "parent",
    "number": "number",
}
"""A record's field -> its name in the table; `jobId` and `stage` are the key."""

LISTED = "listed"
"""The partition key of the index from which jobs are listed: an attribute of records alone, derived from id and status."""
OPEN, DEAD, OVER = "open", "dead", "over"
SHARDS = 8
"""A partition takes 1,000 write units a second ("Best practices for designing partition keys"), and a job writes its entry of open ones three times:
8 allow about 2,600 jobs a second."""


def key_of(key: Key) -> dict[str, Any]:
    """The item's key."""
    return {"jobId": {"S": key.job_id}, "stage": {"S": key.stage}}


def value_of(value: str | int | Status) -> dict[str, str]:
    """One value."""
    if isinstance(value, Status):
        return {"S": value.value}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def kind_of(status: Status) -> str:
    """What a job with that status is listed among."""
    return DEAD if status is Status.DEAD else OVER if status.over else OPEN


def listed(job_id: str, status: Status) -> str:
    """The partition of a job. Every write that changes a status knows both, so that none has to read."""
    return f"{kind_of(status)}#{sum(job_id.encode()) % SHARDS}"


def write_record(record: JobRecord) -> dict[str, Any]:
    """The whole item."""
    values = {stored: getattr(record, name) for name, stored in ATTRIBUTES.items()}
    item = key_of(record.key) | {LISTED: value_of(listed(record.key.job_id, record.status))}
    return item | {stored: value_of(value) for stored, value in values.items() if value}


def read_record(item: Mapping[str, Mapping[str, str]]) -> JobRecord:
    """Raises KeyError or ValueError for what is no record. A status that only a newer version knows is shown as RUNNING."""
    fields = _fields(item, ATTRIBUTES)
    known = fields["version"] <= VERSION or fields["status"] in {status.value for status in Status}
    fields["status"] = Status(fields["status"]) if known else Status.RUNNING
    return JobRecord(key=Key(item["jobId"]["S"], item["stage"]["S"]), **fields)


STEP = "#step#"
"""Between stage and name in the sort key of a step."""

STEP_ATTRIBUTES = {
    "attempt": "attempt",
    "at": "at",
    "result": "result",
    "mark": "mark",
    "expires": "expires",
    "version": "version",
}
"""A step's field -> its name in the table."""


def step_prefix(key: Key) -> str:
    """How the sort keys of a stage's steps begin."""
    return f"{key.stage}{STEP}"


def write_step(step: JobStep) -> dict[str, Any]:
    """The whole item."""
    values = {stored: getattr(step, name) for name, stored in STEP_ATTRIBUTES.items()}
    item = key_of(Key(step.key.job_id, step_prefix(step.key) + step.name))
    return item | {stored: value_of(value) for stored, value in values.items() if value not in ("", None)}


def read_step(item: Mapping[str, Mapping[str, str]]) -> JobStep:
    """Raises KeyError or ValueError for what is no step."""
    fields = _fields(item, STEP_ATTRIBUTES)
    stage, found, name = item["stage"]["S"].partition(STEP)
    if not found:
        raise ValueError(f"{stage} is no step")
    return JobStep(key=Key(item["jobId"]["S"], stage), name=name, **fields)


def _fields(item: Mapping[str, Mapping[str, str]], attributes: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, stored in attributes.items():
        if stored in item:
            ((kind, value),) = item[stored].items()
            fields[name] = int(value) if kind == "N" else value
    return fields
