"""The attempts at a job, where each ran and how it ended, from the services' output and the job's log."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from jobctl.queries.service_lines import ServiceLine
from jobqueue.client.job_event import JobEvent
from jobqueue.consumer.job_events import CANCELLED, HUNG, STARTED

_ENDED = frozenset({"job.completed", "job.failed", "job.retried", CANCELLED})
_TASK_ID = re.compile(r"[0-9a-f]{32}")
"""An ECS task id; a worker outside of ECS has host and process instead."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a handler. `outcome` of one that has not ended: `running`, `hung` (past its timeout) or `lost` (its task is gone). `seconds`: how
    long it took, or takes by now; None if it is lost. `task` is empty if no line names it.
    """

    service: str
    number: int
    began_ms: float
    seconds: float | None
    outcome: str
    reason: str
    error: str
    task: str
    version: str

    @property
    def open(self) -> bool:
        """Whether no line says how it ended."""
        return self.outcome in ("running", "hung", "lost")


def is_lost(task: str, alive: Collection[str] | None) -> bool:
    """Whether the task is gone. `alive`: the ids of the tasks that run or drain; None: not known, so no task is lost."""
    return alive is not None and _TASK_ID.fullmatch(task) is not None and task not in alive


def attempts_of(
    lines: Iterable[ServiceLine],
    logged: Sequence[tuple[str, JobEvent]],
    now_ms: float,
    alive: Collection[str] | None = None,
) -> list[Attempt]:
    """The attempts, in order of their beginnings. `lines`: the services' output about the job; `logged`: its log's events, each with its service's
    name; `alive`: see `is_lost`.

    The beginning of an attempt is a line with its task: in the job's log or, where jobs have none and the attempt runs for some seconds, in the
    output. Its end is a line in its task's output. An attempt without that line is under way, hangs, or was killed with its task; or the line is
    missing, and the job's log has the end.
    """
    known = sorted(lines, key=lambda one: one.line.at_ms)
    runs = [*_runs(logged), *(_of_line(one) for one in known if one.line.event == STARTED)]
    ended = [_of_line(one) for one in known if "outcome" in one.line.fields]
    for line in ended:
        # A redriven job counts its attempts anew, so a number may come twice: the run of a line is the one that began nearest to it.
        same = [run for run in runs if _same(run, line)]
        if same:
            runs.remove(min(same, key=lambda run: abs(run.began_ms - line.began_ms)))
    hung = {(one.service, one.line.attempt, one.task) for one in known if one.line.event == HUNG}
    now = [_as_it_stands(run, hung, now_ms, alive) for run in runs]
    return sorted([*ended, *now], key=lambda one: one.began_ms)


def _same(run: Attempt, line: Attempt) -> bool:
    if _TASK_ID.fullmatch(run.task) and run.task != line.task:
        return False
    return (run.service, run.number) == (line.service, line.number)


def _as_it_stands(
    run: Attempt, hung: Collection[tuple[str, int, str]], now_ms: float, alive: Collection[str] | None
) -> Attempt:
    if run.outcome != "running":
        return run
    if is_lost(run.task, alive):
        return replace(run, outcome="lost", seconds=None)
    outcome = "hung" if (run.service, run.number, run.task) in hung else "running"
    return replace(run, outcome=outcome, seconds=max(0.0, (now_ms - run.began_ms) / 1000))


def _runs(logged: Sequence[tuple[str, JobEvent]]) -> Iterator[Attempt]:
    """The runs in job logs. Each begins with a `job.started`, or with the first event of its number."""
    numbered: dict[tuple[str, int], list[JobEvent]] = {}
    for service, event in logged:
        numbered.setdefault((service, event.attempt), []).append(event)
    for (service, number), events in numbered.items():
        begins = [place for place, event in enumerate(events) if place == 0 or event.event == STARTED]
        for begin, end in pairwise([*begins, len(events)]):
            yield _of_log(service, number, events[begin:end])


def _of_line(one: ServiceLine) -> Attempt:
    """The attempt of a line about an end, or about a run that goes on."""
    fields = one.line.fields
    seconds = _number(fields.get("seconds"))
    return Attempt(
        service=one.service,
        number=one.line.attempt,
        began_ms=one.line.at_ms - 1000 * (seconds or 0.0),
        seconds=seconds,
        outcome=str(fields.get("outcome", "running")),
        reason=str(fields.get("reason", "")),
        error=_error(one.line),
        task=one.task,
        version=str(fields.get("version", "")),
    )


def _of_log(service: str, number: int, events: Sequence[JobEvent]) -> Attempt:
    began = next((event for event in events if event.event == STARTED), events[0])
    end = next((event for event in reversed(events) if event.event in _ENDED), None)
    return Attempt(
        service=service,
        number=number,
        began_ms=began.at_ms,
        seconds=None if end is None else _number(end.fields.get("seconds")),
        outcome="running" if end is None else str(end.fields.get("outcome", "done")),
        reason="" if end is None else str(end.fields.get("reason", "")),
        error="" if end is None else _error(end),
        task=began.task,
        version=str(began.fields.get("version", "")),
    )


def _error(event: JobEvent) -> str:
    kind = event.fields.get("errorType")
    return f"{kind}: {event.error}" if kind and event.error else event.error


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
