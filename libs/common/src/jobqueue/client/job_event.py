"""An event of a job's log or a line of a service's output, parsed from the JSON in CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

OWN = frozenset({"jobId", "jobType", "correlationId", "attempt", "level", "message", "timestamp", "event"})
"""The fields that become attributes of `JobEvent`, or that CloudWatch has itself; the others stay in `fields`."""
NOT_HANDLED = "not handled: "
"""Prefix of the message about a delivery without a handler; the reason follows, and there is no `error` (jobqueue.consumer.executor)."""


@dataclass(frozen=True, slots=True)
class JobEvent:
    """`event` is `job.started`, `job.completed`, `job.retried`, `job.failed`, `job.progress`, or empty for a step. `at_ms` is since 1970."""

    at_ms: int
    job_id: str
    correlation_id: str
    job_type: str
    attempt: int
    level: str
    message: str
    event: str
    fields: Mapping[str, Any]

    @property
    def task(self) -> str:
        """The task that wrote it; empty if it does not say: in a job's log only the beginning of an attempt does."""
        return str(self.fields.get("task", ""))

    @property
    def error(self) -> str:
        """The text of the error, without its type; empty if there is none."""
        error = self.fields.get("error")
        if error is None and self.message.startswith(NOT_HANDLED):
            return self.message.removeprefix(NOT_HANDLED)
        return "" if error is None else str(error)


def read_job_event(at_ms: int, text: str) -> JobEvent | None:
    """The event of a line; None for a line without a job id, which another writer put into the group."""
    found = _object(text)
    return None if found is None or not isinstance(found.get("jobId"), str) else _event(at_ms, found)


def read_log_line(at_ms: int, text: str) -> JobEvent:
    """The event of any line of a service's output; `job_id` is empty if the line names no job. A line that is not JSON becomes the message."""
    found = _object(text)
    return _event(at_ms, {"message": text.rstrip()} if found is None else found)


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _event(at_ms: int, found: Mapping[str, Any]) -> JobEvent:
    attempt = found.get("attempt")
    return JobEvent(
        at_ms=at_ms,
        job_id=str(found.get("jobId", "")),
        correlation_id=str(found.get("correlationId", "")),
        job_type=str(found.get("jobType", "")),
        attempt=attempt if isinstance(attempt, int) else 1,
        level=str(found.get("level", "")),
        message=str(found.get("message", "")),
        event=str(found.get("event", "")),
        fields={name: value for name, value in found.items() if name not in OWN},
    )
