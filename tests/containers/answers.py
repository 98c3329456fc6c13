"""The answers that `jobs --json` has to give, made from the truth as it was read, in values that a test compares with ==."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from jobqueue.messages.job_id import job_id_ms

from .truth import Letter, Piece, Record, Truth

JOB_FIELDS = ("jobId", "jobType", "correlationId", "attempt", "level", "message", "timestamp", "event")
NOT_HANDLED = "not handled: "
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
    }


def shown_attempts(truth: Truth, job_id: str) -> list[dict[str, Any]]:
    """The attempts in `jobctl show`: their numbers and outcomes from X-Ray; their times and errors from the line that the task wrote."""
    lines = [one for one in truth.by_job[job_id] if not one.in_job_log]
    made = []
    for piece in truth.attempts(truth.trace_ids[job_id]):
        service, number = piece.segment["name"], piece.tells("jobs.attempt")
        (line,) = (one for one in lines if (one.service, one.fields["attempt"]) == (service, number))
        seconds = line.fields.get("seconds")
        made.append(
            {
                "service": service,
                "number": number,
                "began_ms": line.at_ms - 1000 * (seconds or 0.0),
                "seconds": seconds,
                "outcome": piece.tells("jobs.outcome", "done"),
                "reason": piece.tells("jobs.reject_reason", ""),
                "error": _error(line),
                "task": piece.tells("otel.resource.aws.ecs.task.id"),
                "version": piece.tells("otel.resource.service.version"),
            }
        )
    return sorted(made, key=lambda one: one["began_ms"])


def shown_timeline(truth: Truth, job_id: str) -> dict[str, float]:
    """The times of those events in the timeline of `jobctl show` that the logs have, by the words that it uses for them."""
    records = truth.by_job[job_id]
    made: dict[str, float] = {"sent": job_id_ms(job_id)}
    ended = [one for one in records if one.service == "main-job"]
    made["received by the main job"] = ended[0].at_ms - 1000 * ended[0].fields["seconds"]
    started = [one for one in records if one.fields.get("event") == "job.started"]
    if started:
        made["background job queued"] = started[0].at_ms - 1000 * started[0].fields["queueWaitSeconds"]
        made["received by the background job"] = started[0].at_ms
    completed = [one for one in records if one.fields.get("event") == "job.completed"]
    return made | ({"completed": completed[0].at_ms} if completed else {})


def shown_letter(letter: Letter) -> dict[str, Any]:
    """The dead letter in `jobctl show`."""
    parent = letter.said("traceparent")
    return {
        "queue": letter.queue,
        "reason": letter.reason,
        "error": letter.error,
        "receives": letter.said("deadLetterReceiveCount"),
        "job_type": letter.job_type,
        "trace_id": parent.split("-")[1] if parent else letter.said("deadLetterTraceId"),
    }


def logged(truth: Truth, job_id: str) -> list[dict[str, Any]]:
    """`jobctl logs`: the job's own stream, word for word."""
    return [
        {
            "at_ms": one.at_ms,
            "job_id": job_id,
            "correlation_id": one.fields["correlationId"],
            "job_type": one.fields["jobType"],
            "attempt": one.fields["attempt"],
            "level": one.fields["level"],
            "message": one.fields["message"],
            "event": one.fields.get("event", ""),
            "fields": {name: value for name, value in one.fields.items() if name not in JOB_FIELDS},
        }
        for one in truth.by_job[job_id]
        if one.in_job_log
    ]


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


def dead_counts(letters: Sequence[Letter]) -> Counter[tuple[str, str, str]]:
    """The counts of `jobctl dead list`, by the queue that the letters came from, reason and job type."""
    return Counter((one.source, one.reason, one.job_type) for one in letters)


def group_faults(group: Mapping[str, Any], letters: Sequence[Letter]) -> Iterator[str]:
    """Differences of a group in `jobctl dead list` from the letters of its queue, reason, type and error; `*` in an error stands for anything."""
    pattern = group["error"].replace("[", "[[]").replace("?", "[?]")
    own = [
        one
        for one in letters
        if (one.source, one.reason, one.job_type) == (group["queue"], group["reason"], group["job_type"])
        and fnmatchcase(one.error, pattern)
    ]
    times = [one.sent_ms for one in own]
    if (group["count"], group["oldest_ms"], group["newest_ms"]) != (len(own), min(times), max(times)):
        yield f"{group} is {len(own)} letters, {min(times)} to {max(times)}"
    if group["job_id"] not in {one.job_id for one in own if one.sent_ms == min(times)}:
        yield f"{group} has not the job id of its oldest letter"


def dead_shown(letter: Letter) -> dict[str, Any]:
    """An entry of `jobctl dead show`, without its receive count."""
    stated = letter.said("correlationId") or letter.body.get("correlationId")
    moved = letter.message["MessageId"] if not letter.said("deadLetterReason") else None
    return {
        "queue": letter.queue,
        "error": letter.error,
        "source": letter.source,
        "messageId": letter.message["MessageId"],
        "jobId": letter.job_id,
        "correlationId": stated or moved,
        "reason": letter.reason,
        "sentTimestamp": letter.sent_ms,
        "body": letter.message["Body"],
        "attributes": {
            name: {"kind": value["DataType"], "value": value["StringValue"]}
            for name, value in letter.message.get("MessageAttributes", {}).items()
        },
        "traceHeader": letter.message["Attributes"].get("AWSTraceHeader"),
        "messageGroupId": letter.message["Attributes"].get("MessageGroupId"),
    }


def _error(line: Record) -> str:
    fields = line.fields
    if fields["outcome"] == "done":
        return ""
    if "error" in fields:
        return f"{fields['errorType']}: {fields['error']}"
    return str(fields["message"]).removeprefix(NOT_HANDLED)


def _kind(piece: Piece) -> str:
    return "client" if piece.document.get("namespace") == "remote" else "internal"
