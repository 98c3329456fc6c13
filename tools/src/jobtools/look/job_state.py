"""How does each job stand? Layer: tools, pure: from the main job's output and the jobs' logs, without asking the queues.

`completed`     its log says so
`dead letter`   its last attempt was rejected: it is in a dead-letter queue, or was taken out of one since
`retrying`      its last attempt failed, was released or asked for another: it waits for that
`running`       an attempt began and has not said how it ended (a killed one says nothing: then it is tried again when its lease ends)
`handled`       the main job is done with it and no background job has begun: none was asked for, or it waits in its queue
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from jobtools.look.job_event import JobEvent

Status = Literal["completed", "dead letter", "retrying", "running", "handled"]
STATUSES: tuple[Status, ...] = ("completed", "dead letter", "retrying", "running", "handled")


@dataclass(frozen=True, slots=True)
class JobState:
    """One job. `job_type`: the background job's where there is one, else the trigger's name. `attempts` are those at that. Times since 1970."""

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

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come unless somebody redrives it."""
        return self.status in ("completed", "dead letter")


def states_of(handled: Iterable[JobEvent], logged: Iterable[JobEvent]) -> list[JobState]:
    """In order of first appearance. `handled`: lines of the services without job logs; `logged`: events of job logs. Lines without a job: ignored."""
    first: dict[str, list[JobEvent]] = {}
    then: dict[str, list[JobEvent]] = {}
    for event in handled:
        if event.job_id and "outcome" in event.fields:
            first.setdefault(event.job_id, []).append(event)
    for event in logged:
        then.setdefault(event.job_id, []).append(event)
    states = [_state(job_id, first.get(job_id, []), then.get(job_id, [])) for job_id in {**first, **then}]
    return sorted(states, key=lambda state: state.began_ms)


def _state(job_id: str, handled: Sequence[JobEvent], logged: Sequence[JobEvent]) -> JobState:
    lines = sorted([*handled, *logged], key=lambda event: event.at_ms)
    own = sorted(logged or handled, key=lambda event: event.at_ms)
    last = own[-1]
    status = _status(own, last, has_log=bool(logged))
    fields = last.fields
    return JobState(
        job_id=job_id,
        job_type=last.job_type,
        correlation_id=last.correlation_id,
        status=status,
        attempts=max(event.attempt for event in own),
        began_ms=lines[0].at_ms,
        last_ms=last.at_ms,
        reason=str(fields.get("reason", "")) if status == "dead letter" else "",
        error=last.error if status in ("dead letter", "retrying") else "",
        trace_id=next((str(one.fields["traceId"]) for one in lines if one.fields.get("traceId")), ""),
    )


def _status(own: Sequence[JobEvent], last: JobEvent, *, has_log: bool) -> Status:
    if any(event.event == "job.completed" for event in own):
        return "completed"
    outcome = last.fields.get("outcome")
    if outcome == "reject":
        return "dead letter"
    if has_log and last.event not in ("job.failed", "job.retried"):
        return "running"
    return "handled" if outcome == "done" else "retrying"
