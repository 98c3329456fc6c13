"""A run as the demo finds it, made up: completed jobs, one that was tried again, a dead letter of a job and one of a trigger."""

from __future__ import annotations

from dataclasses import replace

from devkit.demo.fates import Fate, SentTrigger, Word
from devkit.demo.flow import Findings
from devkit.demo.page.contents import RunRecord
from jobctl.queries.dead_letter import DeadLetter, read_dead_letter
from jobctl.queries.span import Span
from jobqueue.client.job_event import JobEvent
from jobqueue.messages import dead_letter as said
from jobqueue.telemetry import names

BEGAN_MS = 1_767_225_600_000
TRIGGERS_DLQ, JOBS_DLQ = "triggers-dlq", "jobs-dlq"


def job_id(number: int) -> str:
    return f"01KDVA00000000000000{number:06}"


def fate(
    number: int, word: Word = "completed", *, what: str = "test", attempts: int = 1, reason: str = "", at: float = 0.0
) -> Fate:
    """Sent `at` seconds after the beginning; a completed one took 0.2 s for each attempt."""
    trigger = SentTrigger(
        number, what, f"m-{number}", job_id(number), f"{number:032x}", BEGAN_MS + round(1000 * (at or number / 10))
    )
    seconds = 0.2 * attempts if word == "completed" else None
    return Fate(trigger, word, reason, job_id(number), attempts, seconds)


def spans_of(one: Fate, *, service: str = "background-job", what: str = "") -> list[Span]:
    """Its send, and an attempt of 50 ms that began 100 ms later."""
    start = one.trigger.sent_ms * 1_000_000
    stated = {names.OPERATION_NAME: names.PROCESS.operation, names.ATTEMPT: 1}
    if one.word == "dead letter":
        stated[names.OUTCOME] = what or "reject"
    return [
        Span(one.trigger.trace_id, "a" * 16, "", "send q", "demo", "producer", start, start + 5_000_000),
        Span(
            one.trigger.trace_id, "b" * 16, "a" * 16, "process q", service, "consumer",
            start + 100_000_000, start + 150_000_000, stated, failed=one.word == "dead letter",
        ),
    ]  # fmt: skip


def event(one: Fate, text: str, *, level: str = "INFO", kind: str = "", at_ms: int = 100, **fields: object) -> JobEvent:
    sent = one.trigger.sent_ms
    return JobEvent(sent + at_ms, one.job_id, one.trigger.message_id, one.trigger.what, 1, level, text, kind, fields)


def letter(queue: str, one: Fate, *, body: str = "{}", error: str = "boom", reason: str = "") -> DeadLetter:
    attributes = {said.REASON: reason or one.reason, said.ERROR: error, said.SERVICE: "background-job 1.0.0"}
    attributes |= {said.RECEIVE_COUNT: str(one.attempts), "jobId": one.job_id}
    return read_dead_letter(
        queue,
        queue.removesuffix("-dlq"),
        {
            "MessageId": one.trigger.message_id,
            "ReceiptHandle": "r",
            "Body": body,
            "Attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": str(one.trigger.sent_ms)},
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
            },
        },
    )


def run_of(
    fates: list[Fate],
    letters: list[DeadLetter] | None = None,
    events: list[JobEvent] | None = None,
    spans: list[Span] | None = None,
) -> RunRecord:
    if spans is None:
        spans = [span for one in fates for span in spans_of(one)]
    findings = Findings(fates, letters or [], spans, {"jobs.attempts"}, events or [])
    return RunRecord(findings, BEGAN_MS, 7.5, "--count 5", "job-logs", (TRIGGERS_DLQ, JOBS_DLQ))


def ordinary_run(count: int = 5) -> RunRecord:
    """`count` triggers: the second was tried again, the third and the fourth are dead letters."""
    fates = [fate(number) for number in range(1, count + 1)]
    fates[1] = fate(2, what="fail_once", attempts=2)
    fates[2] = fate(3, "dead letter", what="fail", attempts=5, reason="attempts_exhausted")
    fates[3] = replace(fate(4, "dead letter", what="malformed", reason="malformed_json"), job_id="")
    events = [event(one, "started, attempt 1", kind="job.started") for one in fates if one.job_id]
    events.append(event(fates[2], "failed: boom", level="ERROR", kind="job.failed", stack="Traceback: boom"))
    return run_of(fates, [letter(JOBS_DLQ, fates[2]), letter(TRIGGERS_DLQ, fates[3], body="{cut")], events)
