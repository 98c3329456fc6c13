"""Which attempts were there at one job, where, and how did each end? Layer: tools, pure: from the lines of both services and the job's log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jobtools.look.job_event import JobEvent
from jobtools.look.service_lines import ServiceLine

_STARTED = "job.started"
_ENDED = frozenset({"job.completed", "job.failed", "job.retried"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a handler. `seconds` is None while it runs, or where its end was not seen. `task` is empty where nobody wrote it down."""

    service: str
    number: int
    began_ms: float
    seconds: float | None
    outcome: str
    reason: str
    error: str
    task: str
    version: str


def attempts_of(lines: Iterable[ServiceLine], logged: Sequence[tuple[str, JobEvent]]) -> list[Attempt]:
    """In order of their beginnings. `lines`: the services' output about the job; `logged`: its log's events, each with its service's name.

    A line is written when an attempt ends, and names the task; the job's log says what began, and stands in where the output is not there.
    """
    ended = [_of_line(one) for one in lines if "outcome" in one.line.fields]
    known = {(one.service, one.number) for one in ended}
    rest: dict[tuple[str, int], list[JobEvent]] = {}
    for service, event in logged:
        if (service, event.attempt) not in known:
            rest.setdefault((service, event.attempt), []).append(event)
    return sorted([*ended, *(_of_log(*key, events) for key, events in rest.items())], key=lambda one: one.began_ms)


def _of_line(one: ServiceLine) -> Attempt:
    fields = one.line.fields
    seconds = _number(fields.get("seconds"))
    return Attempt(
        service=one.service,
        number=one.line.attempt,
        began_ms=one.line.at_ms - 1000 * (seconds or 0.0),
        seconds=seconds,
        outcome=str(fields["outcome"]),
        reason=str(fields.get("reason", "")),
        error=_error(one.line),
        task=one.task,
        version=str(fields.get("version", "")),
    )


def _of_log(service: str, number: int, events: Sequence[JobEvent]) -> Attempt:
    began = next((event for event in events if event.event == _STARTED), events[0])
    end = next((event for event in reversed(events) if event.event in _ENDED), None)
    return Attempt(
        service=service,
        number=number,
        began_ms=began.at_ms,
        seconds=None if end is None else _number(end.fields.get("seconds")),
        outcome="running" if end is None else str(end.fields.get("outcome", "done")),
        reason="" if end is None else str(end.fields.get("reason", "")),
        error="" if end is None else _error(end),
        task="",
        version=str(began.fields.get("version", "")),
    )


def _error(event: JobEvent) -> str:
    error, kind = event.fields.get("error"), event.fields.get("errorType")
    if error is None:
        return ""
    return f"{kind}: {error}" if kind else str(error)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
