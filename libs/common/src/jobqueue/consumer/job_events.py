"""Events of a job's attempts, in its log and on stdout: the names that alarms and readers rely on, in one place.

`event` is one of `job.started`, `job.completed`, `job.retried`, `job.failed`, `job.cancelled`, `job.duplicate`, and on stdout `job.hung`. Every
attempt that failed writes exactly one `job.failed`, which is what alarms count; an attempt whose handler asked for another (`RetryJob`), or that
was handed back between two of its steps, writes `job.retried`. A job that was cancelled ends with `job.cancelled`, also one that never ran. A
trigger whose job is another's, by its unique key, has `job.duplicate` alone.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Set
from typing import TYPE_CHECKING

from jobqueue.messages.errors import Released, RetryJob
from jobqueue.messages.lines import shortened
from jobqueue.messages.outcome import Cancelled, Done, Duplicate, Outcome, Reject, Release, Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobqueue.consumer.ports import JobLog
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.job import Job

STARTED = "job.started"
CANCELLED = "job.cancelled"
DUPLICATE = "job.duplicate"
HUNG = "job.hung"
"""A handler is past its timeout; logged on stdout by the watchdog, which must not wait for a job's log."""
logger = logging.getLogger("jobqueue.job")
"""Of the lines on stdout about deliveries and jobs."""

MAX_STACK_CHARACTERS = 8_000
MAX_STACK_LINE_CHARACTERS = 2_000
MAX_TEXT_CHARACTERS = 4_000
"""Of an error's text. A line, or an event of a job's log, holds it twice, and the stack as well."""

RESERVED = frozenset({*logging.makeLogRecord({}).__dict__, "message", "asctime"})
"""Names that a field of a log line may not have (logging.Logger.makeRecord)."""

OURS = frozenset(
    {
        "timestamp", "level", "message", "logger", "service", "version", "task",
        "jobId", "jobType", "correlationId", "attempt", "traceId", "spanId",
    }
)  # fmt: skip
"""Fields that identify what a line is about, on stdout and in job logs."""

COMPLETION = OURS | {"event", "seconds"}
"""The same of the completion event."""


def own(fields: Mapping[str, object], taken: Set[str] = OURS) -> Mapping[str, object]:
    """A handler's fields; those named like one of the runtime's get an underscore behind their name.

    An `event` is the handler's to choose, but for those that begin with `job.`: alarms and readers count them.
    """
    if "event" in fields:
        event = fields["event"]
        if not isinstance(event, str) or event.startswith("job."):
            taken = taken | {"event"}
    if taken.isdisjoint(fields):
        return fields
    return {f"{name}_" if name in taken else name: value for name, value in fields.items()}


class StdoutJobLog:
    """The log of a job without a stream of its own (a main job): its steps go to stdout through `logging`, its outcome is in the line there.

    `ids` go onto each line, whichever thread writes it.
    """

    def __init__(self, logger: logging.Logger, ids: Mapping[str, object]) -> None:
        self._logger = logger
        self._ids = ids

    def write(self, level: str, message: str, fields: Mapping[str, object] | None = None) -> None:
        """A line on stdout; the runtime's own events are left to the line that the executor writes."""
        # `logging` raises for a field that has the name of one of its own.
        extra = {f"{name}_" if name in RESERVED else name: value for name, value in (fields or {}).items()}
        self._logger.log(logging.getLevelName(level), message, extra={**extra, **self._ids})

    def finish(self, then: Callable[[], None]) -> None:
        """Nothing to wait for."""
        then()


def began(log: JobLog, job: Job, delivery: Delivery, service: str, version: str, task: str) -> None:
    """The first event of an attempt: where it runs, too."""
    fields: dict[str, object] = {
        "event": STARTED,
        "service": service,
        "version": version,
        "task": task,
        "queueWaitSeconds": round(delivery.queue_wait_seconds, 3),
    }
    if job.notes:
        fields["notes"] = list(job.notes)
    log.write("INFO", f"started, attempt {delivery.attempt}", fields)


def completed(log: JobLog, seconds: float, completion: Mapping[str, object]) -> None:
    """The last event of a job that is done; `completion` is what its handler gave to `context.complete`."""
    log.write("INFO", "completed", {**completion, "event": "job.completed", "seconds": round(seconds, 3)})


def done(line: Mapping[str, object]) -> None:
    """The line on stdout about a job that is done."""
    logger.info("job done", extra=line)


def settled(outcome: Outcome) -> None:
    """Logs a done job once the queue confirmed its next job."""
    if isinstance(outcome, Done) and outcome.line is not None:
        done(outcome.line)


def refused(outcome: Outcome | None, instead: Outcome, error: BaseException) -> None:
    """The line about a job whose next job is refused for good: its handler returned, and still it failed."""
    line = outcome.line if isinstance(outcome, Done) else None
    extra = {**(line or {}), **error_fields(error), **outcome_fields(instead), "event": "job.failed"}
    logger.error("job failed: %s", text_of(error), extra=extra)


def failed(log: JobLog, error: BaseException, outcome: Outcome, seconds: float) -> None:
    """The last event of an attempt that did not complete."""
    level, message, event = ending(error, outcome)
    log.write(
        logging.getLevelName(level),
        message,
        {**error_fields(error), "seconds": round(seconds, 3), **outcome_fields(outcome), "event": event},
    )


def cancelled_unbegun(log: JobLog, outcome: Cancelled) -> None:
    """The one event of a job that was cancelled before it ran."""
    log.write("INFO", f"cancelled before it ran: {outcome.reason}", {**outcome_fields(outcome), "event": CANCELLED})


def duplicate(log: JobLog, outcome: Duplicate) -> None:
    """The one event of a trigger whose job another stands for."""
    log.write("INFO", f"not run: job {outcome.of} has its unique key", {**outcome_fields(outcome), "event": DUPLICATE})


def ending(error: BaseException, outcome: Outcome) -> tuple[int, str, str]:
    """Level, message and event of an attempt that did not complete."""
    if isinstance(outcome, Cancelled):
        return logging.INFO, f"cancelled: {outcome.reason}", CANCELLED
    if isinstance(error, RetryJob) and isinstance(outcome, Retry | Release):
        return logging.INFO, f"asked for another attempt: {text_of(error)}", "job.retried"
    if isinstance(error, Released):
        return logging.INFO, f"handed back: {text_of(error)}", "job.retried"
    return logging.ERROR, f"failed: {type(error).__name__}: {text_of(error)}", "job.failed"


def ids(delivery: Delivery, job: Job | None = None) -> dict[str, object]:
    """The fields that name a delivery on stdout, outside of its handler."""
    named: dict[str, object] = {
        "messageId": delivery.message_id,
        "attempt": delivery.attempt,
        "bytes": len(delivery.body),
    }
    if job is not None:
        named |= {"jobId": job.job_id, "correlationId": job.correlation_id, "jobType": job.type}
    return named


def text_of(error: BaseException) -> str:
    """An error's text, bounded; never raises, whatever its class does when asked."""
    try:
        return shortened(str(error), MAX_TEXT_CHARACTERS)
    except BaseException as broken:  # noqa: BLE001 (a handler's own exception class: part of the one around the handler)
        return f"({type(broken).__name__} while asking {type(error).__name__} for its text)"


def error_fields(error: BaseException) -> dict[str, object]:
    """Type, text and stack of an error."""
    return {"errorType": type(error).__name__, "error": text_of(error), "stack": _stack_of(error)}


def _stack_of(error: BaseException) -> str:
    """The stack of an error and of its causes; without them where one of their classes forbids it (a `__notes__` that raises)."""
    try:
        lines = traceback.format_exception(error)  # the last is the error's own text: it must not push the stack out
        return "".join(shortened(line, MAX_STACK_LINE_CHARACTERS) for line in lines)[-MAX_STACK_CHARACTERS:]
    except BaseException as broken:  # noqa: BLE001 (as above)
        trace = "".join(traceback.format_tb(error.__traceback__))[-MAX_STACK_CHARACTERS:]
        return f"{trace}{type(error).__name__}: ({type(broken).__name__} while asking for more)"


def outcome_fields(outcome: Outcome) -> dict[str, object]:
    """The fields that name an outcome."""
    if isinstance(outcome, Retry):
        return {"outcome": "retry", "retryAfterSeconds": outcome.after_seconds}
    if isinstance(outcome, Reject | Cancelled):
        return {"outcome": outcome.word, "reason": outcome.reason}
    if isinstance(outcome, Duplicate):
        return {"outcome": outcome.word, "sameAs": outcome.of}
    return {"outcome": outcome.word}
