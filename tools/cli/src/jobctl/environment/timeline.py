"""Time that each hop of one trigger took, computed from the services' log lines and the job's log.

    sent -> received by the main job -> background job queued -> received by the background job -> completed

A job that takes another way has its own hops: one rejected by the main job never becomes a background job; one that the main job does without a
background job ends there; each further attempt is a hop; a rejected job is not completed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobctl.queries.job_event import JobEvent

_STARTED, _COMPLETED = "job.started", "job.completed"


@dataclass(frozen=True)
class Hop:
    """`at_ms`: when, since 1970; None: not seen."""

    what: str
    at_ms: float | None


def hops_of(sent_ms: float, main: Sequence[JobEvent], background: Sequence[JobEvent]) -> list[Hop]:
    """`main`: lines of the main job's log group that name the job id; `background`: the job's own log."""
    ended = sorted((line for line in main if "outcome" in line.fields), key=lambda line: line.at_ms)
    hops = [Hop("sent", sent_ms), Hop("received by the main job", _began(ended[0]) if ended else None)]
    hops += [Hop(f"again, attempt {line.attempt}", _began(line)) for line in ended[1:]]
    if background:
        return [*hops, *_of_background(sorted(background, key=lambda event: event.at_ms))]
    last = ended[-1].fields["outcome"] if ended else None
    if last == "reject":
        return [*hops, Hop("rejected by the main job", ended[-1].at_ms)]
    if last == "done":
        return [*hops, Hop("done by the main job", ended[-1].at_ms)]
    return [*hops, Hop("done by the main job", None)]


def _of_background(events: Sequence[JobEvent]) -> list[Hop]:
    started = [event for event in events if event.event == _STARTED]
    first = started[0] if started else None
    hops = [
        Hop("background job queued", _minus(first, "queueWaitSeconds")),
        Hop("received by the background job", None if first is None else first.at_ms),
    ]
    hops += [Hop(f"again, attempt {event.attempt}", event.at_ms) for event in started[1:]]
    completed = next((event for event in events if event.event == _COMPLETED), None)
    if completed is None and events[-1].fields.get("outcome") == "reject":
        return [*hops, Hop("rejected by the background job", events[-1].at_ms)]
    return [*hops, Hop("completed", None if completed is None else completed.at_ms)]


def told(hops: Sequence[Hop]) -> list[str]:
    """One line for each hop: seconds since the last hop seen, and since the beginning. Never below zero, though several clocks are read."""
    lines, began, before = [], hops[0].at_ms or 0.0, hops[0].at_ms or 0.0
    width = max(len(hop.what) for hop in hops)
    for hop in hops:
        if hop.at_ms is None:
            lines.append(f"{hop.what:{width}}  not seen")
            continue
        at = max(before, hop.at_ms)
        lines.append(f"{hop.what:{width}}  {(at - before) / 1000:7.2f} s  {(at - began) / 1000:7.2f} s")
        before = at
    return lines


def _began(line: JobEvent) -> float:
    """When an attempt began: its line is written at its end. A line without seconds is of an attempt that no handler saw."""
    began = _minus(line, "seconds")
    return line.at_ms if began is None else began


def _minus(event: JobEvent | None, field: str) -> float | None:
    if event is None:
        return None
    seconds = event.fields.get(field)
    return event.at_ms - seconds * 1000 if isinstance(seconds, int | float) else None
