"""The state of each job; here from the services' output and the jobs' logs, in `recorded` from the table of job records. The queues are not read.

`completed`     its log says so
`dead letter`   its last attempt was rejected: it is in a dead-letter queue, or was taken out of one since
`cancelled`     its last attempt ended because somebody cancelled it, or it never ran for that reason
`retrying`      its last attempt failed, was released or asked for another: it waits for that
`running`       an attempt began and no line says how it ended
`hung`          as `running`, past its timeout: it is given to another worker when its lease ends
`lost`          as `running`, and its task is gone: it is tried again when its lease ends
`queued`        the main job is done with it and no background job has begun: none was asked for, or it waits in its queue
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from jobctl.queries.attempt import is_lost
from jobqueue.client.job_event import JobEvent
from jobqueue.consumer.job_events import CANCELLED, HUNG, STARTED

Status = Literal["completed", "dead letter", "cancelled", "retrying", "running", "hung", "lost", "queued"]
STATUSES: tuple[Status, ...] = (
    "completed",
    "dead letter",
    "cancelled",
    "retrying",
    "running",
    "hung",
    "lost",
    "queued",
)
OPEN: tuple[Status, ...] = ("running", "hung", "lost")
"""States of a job whose last attempt has no line about its end."""


@dataclass(frozen=True, slots=True)
class JobState:
    """One job. `job_type`: the background job's if there is one, else the trigger's name. `attempts`: the number of the last one at that, which
    began at `attempt_ms` in `task`, as far as that is known. Times in milliseconds since 1970.

    Known to job records alone: `progress`; why it is to be cancelled; when it is tried again; the id of the job that queued it.
    """

    job_id: str
    job_type: str
    correlation_id: str
    status: Status
    attempts: int
    began_ms: int
    last_ms: int
    reason: str
    error: str
    trace_id: str
    attempt_ms: int = 0
    task: str = ""
    progress: str = ""
    cancel: str = ""
    due_ms: int = 0
    parent: str = ""

    @property
    def ended(self) -> bool:
        """Whether the job is finished unless it is redriven."""
        return self.status in ("completed", "dead letter", "cancelled")


def states_of(handled: Iterable[JobEvent], logged: Iterable[JobEvent]) -> list[JobState]:
    """The states, by beginning. `handled`: lines of the services' output, of which those without a job are ignored; `logged`: events of job logs."""
    first: dict[str, list[JobEvent]] = {}
    then: dict[str, list[JobEvent]] = {}
    for event in handled:
        if event.job_id and ("outcome" in event.fields or event.event in (STARTED, HUNG)):
            first.setdefault(event.job_id, []).append(event)
    for event in logged:
        then.setdefault(event.job_id, []).append(event)
    states = [_state(job_id, first.get(job_id, []), then.get(job_id, [])) for job_id in {**first, **then}]
    return sorted(states, key=lambda state: state.began_ms)


def marked_lost(states: Iterable[JobState], alive: Collection[str]) -> list[JobState]:
    """The same states, as `lost` where an attempt is open and its task is not in `alive`."""
    return [replace(one, status="lost") if one.status in OPEN and is_lost(one.task, alive) else one for one in states]


def _state(job_id: str, handled: Sequence[JobEvent], logged: Sequence[JobEvent]) -> JobState:
    lines = sorted([*handled, *logged], key=lambda event: event.at_ms)
    own = sorted(
        logged or [event for event in handled if event.event != HUNG] or handled, key=lambda event: event.at_ms
    )
    last = own[-1]
    began = next((event for event in reversed(own) if event.event in (STARTED, HUNG)), None)
    status = _status(own, last)
    if status == "running" and began is not None and any(_hangs(line, began) for line in handled):
        status = "hung"
    fields = last.fields
    return JobState(
        job_id=job_id,
        job_type=last.job_type,
        correlation_id=last.correlation_id,
        status=status,
        attempts=max(event.attempt for event in own),
        began_ms=lines[0].at_ms,
        last_ms=last.at_ms,
        reason=str(fields.get("reason", "")) if status in ("dead letter", "cancelled") else "",
        error=_error(status, last, began, handled),
        trace_id=next((str(one.fields["traceId"]) for one in lines if one.fields.get("traceId")), ""),
        attempt_ms=0 if began is None else began.at_ms - round(1000 * float(began.fields.get("seconds", 0))),
        task="" if began is None else began.task,
    )


def _error(status: Status, last: JobEvent, began: JobEvent | None, handled: Sequence[JobEvent]) -> str:
    if status in OPEN and began is not None:
        before = sorted({line.attempt for line in handled if line.event == HUNG and line.attempt < began.attempt})
        return f"attempt {', '.join(map(str, before))} hung" if before else ""
    return last.error if status in ("dead letter", "retrying") else ""


def _hangs(line: JobEvent, began: JobEvent) -> bool:
    return line.event == HUNG and line.attempt == began.attempt and line.at_ms >= began.at_ms


def _status(own: Sequence[JobEvent], last: JobEvent) -> Status:
    if any(event.event == "job.completed" for event in own):
        return "completed"
    outcome = last.fields.get("outcome")
    if outcome == "reject":
        return "dead letter"
    if last.event == CANCELLED or outcome == "cancelled":
        return "cancelled"
    if outcome is None and last.event not in ("job.failed", "job.retried"):
        return "running"
    return "queued" if outcome == "done" else "retrying"
