"""A stack in which everything that strangers may write holds characters that command a terminal or hide from a reader."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import Any

from ulid import ULID

from jobctl.queries.segment_spans import xray_trace_id
from jobqueue.consumer.job_records import Beat, Ending, Key, Start
from jobqueue.consumer.job_records import Status as JobStatus
from jobqueue.consumer.job_steps import JobStep
from jobqueue.consumer.unique_keys import Claim
from jobqueue.testing import SystemClock
from jobqueue.testing.contract.job_records import KEEPING
from localaws.fargate.view import ESSENTIAL_EXITED

from .world import World

EVIL = "e\x1b]0;owned\x07\x1b[2J\x00\x08\r\x7f\x9b31m\x85\u202ev\u2066il\u200b\u200d\ufeff\u2028\U000e0041\u00ad"
"""What JSON carries, as `\\u` escapes: all of it."""
CARRIED = "e\x7f\x9b31m\x85\u202ev\u2066il\u200b\u200d\ufeff\u2028\U000e0041\u00ad"
"""What an SQS attribute carries (XML 1.0)."""
FORGED = "\n01KFORGED00000000000000000  completed"
"""Strangers' line ends: a line that looks like ours."""


@dataclass(frozen=True)
class Hostile:
    """`jobctl`: ids; the first was retried, the second is a dead letter and has a trace."""

    jobs: tuple[str, str]
    trace_id: str
    task: str


def fill(one: World) -> Hostile:
    """Lines, events, letters, traces and tasks."""
    now_ms = time.time_ns() // 1_000_000
    ids = (str(ULID.from_timestamp(now_ms / 1000 - 20)), str(ULID.from_timestamp(now_ms / 1000 - 10)))
    trace_id = f"{now_ms // 1000:08x}{'ab' * 12}"
    for number, job_id in enumerate(ids):
        for service in ("main-job", "background-job"):
            lines = [(now_ms - 5_000 + place, json.dumps(line)) for place, line in enumerate(_lines(job_id, trace_id))]
            one.write(one.group(service), f"{service}/{service}/{one.tasks[service]}", *lines)
        if number:
            _letter(one, job_id)
        made = f"{time.strftime('%Y-%m-%d', time.gmtime(ULID.from_str(job_id).timestamp))}"
        events = [(now_ms - 4_000 + place, json.dumps(event)) for place, event in enumerate(_events(job_id, trace_id))]
        one.write(one.group("background-job"), f"job-streams/{made}/{job_id}", *events)
    one.write(one.group("main-job"), f"main-job/main-job/{one.tasks['main-job']}", (now_ms - 3_000, f"raw {EVIL}"))
    _trace(one, trace_id, ids[1])
    _records(one, *ids)
    task = _task(one)
    one.metric("main-job-triggers", "reject", 1, now_ms)
    return Hostile(ids, trace_id, task)


def _records(one: World, job_id: str, dead_id: str) -> None:
    """Types, correlation ids, reasons and progress of anybody's; steps have names of a handler's, and results of anybody's."""
    backend, clock, key = one.keep_records(), SystemClock(), Key(job_id, f"type {CARRIED}")
    now_ms = clock.wall_ms()
    records, dead = backend.records(clock, KEEPING), Key(dead_id, f"type {CARRIED}")
    for begun in (key, dead):
        records.begin(
            Start(
                key=begun,
                type=EVIL + FORGED,
                owner="a",
                lease_ends=now_ms,
                sent_at=now_ms,
                correlation_id=EVIL + FORGED,
            )
        )
    records.beat(key, "a", Beat(now_ms, progress=json.dumps({"done": EVIL, "message": EVIL + FORGED})))
    records.end(dead, "a", Ending(JobStatus.DEAD, now_ms, reason=EVIL + FORGED))
    backend.unique_keys(clock, KEEPING).claim(Claim(job_id=EVIL, type="work", key="another's"))
    step = JobStep(key=key, name="\u202echarge", attempt=1, at=now_ms, mark="a")
    steps = backend.steps(clock, KEEPING)
    steps.begin(step)
    steps.end(replace(step, name="fetch", mark="", result=json.dumps([EVIL], ensure_ascii=False)))


def _fields(job_id: str, trace_id: str) -> dict[str, Any]:
    return {
        "jobId": job_id,
        "traceId": trace_id,
        "jobType": EVIL + FORGED,
        "correlationId": EVIL + FORGED,
        "service": EVIL,
        "version": EVIL,
        "errorType": EVIL,
        "error": EVIL + FORGED,
        "stack": f"Traceback {EVIL}\n  line {EVIL}",
        EVIL: {EVIL: [EVIL]},
        "large": 10**30,
    }


def _lines(job_id: str, trace_id: str) -> list[dict[str, Any]]:
    about = _fields(job_id, trace_id) | {"level": "ERROR", "message": EVIL + FORGED, "attempt": 1, "seconds": 0.5}
    return [
        about | {"level": EVIL},
        about | {"outcome": "retry"},
        about | {"outcome": "reject", "reason": EVIL + FORGED},
    ]


def _events(job_id: str, trace_id: str) -> list[dict[str, Any]]:
    about = _fields(job_id, trace_id) | {"level": "ERROR", "message": EVIL + FORGED, "attempt": 1}
    return [
        about | {"event": "job.started"},
        about,
        about | {"event": "job.failed", "outcome": "reject", "reason": EVIL + FORGED},
    ]


def _letter(one: World, job_id: str) -> None:
    texts = {
        "jobId": job_id,
        "deadLetterReason": CARRIED + FORGED,
        "deadLetterErrorType": CARRIED,
        "deadLetterError": CARRIED + FORGED,
        "deadLetterService": CARRIED,
        "deadLetterTraceId": CARRIED,
        "tenant": CARRIED + FORGED,
    }
    attributes: Any = {name: {"DataType": "String", "StringValue": value} for name, value in texts.items()}
    url = one.queues["main-job-triggers"].dead_letter_url
    for body in (
        json.dumps({"trigger": EVIL + FORGED, "correlationId": EVIL, "data": {EVIL: EVIL}}),
        f"no JSON {CARRIED}",
    ):
        one.clients("sqs").send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)


def _trace(one: World, trace_id: str, job_id: str) -> None:
    now = time.time()
    times = {"start_time": now - 3, "end_time": now - 2}
    names = {"jobs.job_id": job_id, "messaging.operation.name": EVIL, "jobs.outcome": EVIL}
    below = {"id": "b" * 16, "name": EVIL, **times, "annotations": names, "metadata": {"default": names}}
    segment = {"id": "a" * 16, "trace_id": xray_trace_id(trace_id), "name": EVIL, **times, "annotations": names}
    document = json.dumps({**segment, "subsegments": [below]})
    one.clients("xray").put_trace_segments(TraceSegmentDocuments=[document])


def _task(one: World) -> str:
    crashed = one.cluster.start(ready=False)
    one.cluster.stop(crashed, replace(ESSENTIAL_EXITED, reason=f"stopped {EVIL}{FORGED}"), 70)
    return crashed.task_id
