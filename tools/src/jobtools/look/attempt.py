"""Which attempts were there at one job, where, and how did each end? Layer: tools, pure: from the lines of both services and the job's log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

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

    A line is written when an attempt ends, and names the task. The job's log says what began: a run of which there is no line is under way, or was
    killed, or its line is not there; its task is known only if the task wrote anything else about that attempt.
    """
    known = list(lines)
    ended = [_of_line(one) for one in known if "outcome" in one.line.fields]
    tasks = {(one.service, one.line.attempt): one.task for one in known}
    runs = list(_runs(logged))
    for line in ended:
        # A redriven job counts its attempts anew, so a number may come twice: the run of a line is the one that began nearest to it.
        same = [run for run in runs if (run.service, run.number) == (line.service, line.number)]
        if same:
            runs.remove(min(same, key=lambda run: abs(run.began_ms - line.began_ms)))
    told = [replace(run, task=tasks.get((run.service, run.number), "")) for run in runs]
    return sorted([*ended, *told], key=lambda one: one.began_ms)


def _runs(logged: Sequence[tuple[str, JobEvent]]) -> Iterator[Attempt]:
    """Each begins with a `job.started`; events that have none before them are one too."""
    numbered: dict[tuple[str, int], list[JobEvent]] = {}
    for service, event in logged:
        numbered.setdefault((service, event.attempt), []).append(event)
    for (service, number), events in numbered.items():
        begins = [place for place, event in enumerate(events) if place == 0 or event.event == _STARTED]
        for begin, end in pairwise([*begins, len(events)]):
            yield _of_log(service, number, events[begin:end])


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
    kind = event.fields.get("errorType")
    return f"{kind}: {event.error}" if kind and event.error else event.error


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
