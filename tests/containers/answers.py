"""The answers that `jobctl --json` has to give, made from the truth as it was read, in values that a test compares with ==."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .truth import Piece, Truth

_MICROSECONDS = 2000
"""X-Ray's seconds are floats; in nanoseconds."""


def listed(truth: Truth, job_id: str) -> dict[str, Any]:
    """An entry of `jobctl list`: its status from SQS, its attempts from X-Ray, its times and texts from the logs."""
    records = truth.by_job[job_id]
    letter = next((one for one in truth.letters if one.job_id == job_id), None)
    trace_id = truth.trace_ids[job_id]
    attempts = truth.attempts(trace_id)
    background = [one for one in attempts if one.segment["name"] == "background-job"]
    started = [one.at_ms for one in records if one.fields.get("event") == "job.started"]
    return {
        "job_id": job_id,
        "job_type": letter.job_type if letter else str((background or attempts)[-1].tells("jobs.job_type")),
        "correlation_id": records[0].fields["correlationId"],
        "status": "dead letter" if letter else "completed",
        "attempts": len(background or attempts),
        "began_ms": min(one.at_ms for one in records),
        "last_ms": max(one.at_ms for one in [one for one in records if one.in_job_log] or records),
        "reason": letter.reason if letter else "",
        "error": letter.said("deadLetterError") if letter else "",
        "trace_id": trace_id,
        "attempt_ms": max(started, default=0),
        "task": str(background[-1].tells("otel.resource.aws.ecs.task.id")) if started else "",
        # Known to records alone:
        "progress": "",
        "cancel": "",
        "due_ms": 0,
        "parent": "",
    }


def traced(truth: Truth, trace_id: str) -> dict[str, dict[str, Any]]:
    """The spans of `jobctl trace`, by id; `times_agree` compares their times."""
    return {
        one.document["id"]: {
            "trace_id": trace_id,
            "parent_id": one.above,
            "name": one.document["name"],
            "service": one.segment["name"],
            "kind": "consumer" if one.document["name"].startswith("process ") else _kind(one),
            "failed": any(one.document.get(word) for word in ("fault", "error", "throttle")),
        }
        for one in truth.traces[trace_id]
    }


def times_agree(truth: Truth, trace_id: str, spans: Sequence[Mapping[str, Any]]) -> bool:
    """Whether begin and end of each span agree to two microseconds."""
    documents = {one.document["id"]: one.document for one in truth.traces[trace_id]}
    return all(
        abs(one[ours] - documents[one["span_id"]][theirs] * 1e9) < _MICROSECONDS
        for one in spans
        for ours, theirs in (("start_ns", "start_time"), ("end_ns", "end_time"))
    )


def _kind(piece: Piece) -> str:
    return "client" if piece.document.get("namespace") == "remote" else "internal"
