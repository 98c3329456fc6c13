"""The timeline of one trigger, computed from the services' log lines and the job's log.

    sent -> received by the main job -> background job queued -> received by the background job -> completed

A job that takes another way has its own timeline: one rejected by the main job never becomes a background job; one that the main job does without a
background job ends there; each further attempt is an event; a rejected job is not completed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobqueue.client.job_event import JobEvent

_STARTED, _COMPLETED = "job.started", "job.completed"


@dataclass(frozen=True)
class TimelineEvent:
    """`at_ms`: when, since 1970; None: not seen."""

    what: str
    at_ms: float | None


def events_of(sent_ms: float, main: Sequence[JobEvent], background: Sequence[JobEvent]) -> list[TimelineEvent]:
    """`main`: lines of the main job's log group that name the job id; `background`: the job's own log."""
    ended = sorted((line for line in main if "outcome" in line.fields), key=lambda line: line.at_ms)
    timeline = [
        TimelineEvent("sent", sent_ms),
        TimelineEvent("received by the main job", _began(ended[0]) if ended else None),
    ]
    timeline += [TimelineEvent(f"attempt {line.attempt}", _began(line)) for line in ended[1:]]
    if background:
        return [*timeline, *_of_background(sorted(background, key=lambda event: event.at_ms))]
    last = ended[-1].fields["outcome"] if ended else None
    if last == "reject":
        return [*timeline, TimelineEvent("rejected by the main job", ended[-1].at_ms)]
    if last == "done":
        return [*timeline, TimelineEvent("done by the main job", ended[-1].at_ms)]
    return [*timeline, TimelineEvent("done by the main job", None)]


def _of_background(events: Sequence[JobEvent]) -> list[TimelineEvent]:
    started = [event for event in events if event.event == _STARTED]
    first = started[0] if started else None
    timeline = [
        TimelineEvent("background job queued", _minus(first, "queueWaitSeconds")),
        TimelineEvent("received by the background job", None if first is None else first.at_ms),
    ]
    timeline += [TimelineEvent(f"attempt {event.attempt}", event.at_ms) for event in started[1:]]
    completed = next((event for event in events if event.event == _COMPLETED), None)
    if completed is None and events[-1].fields.get("outcome") == "reject":
        return [*timeline, TimelineEvent("rejected by the background job", events[-1].at_ms)]
    return [*timeline, TimelineEvent("completed", None if completed is None else completed.at_ms)]


def lines(timeline: Sequence[TimelineEvent]) -> list[str]:
    """One line for each event: seconds since the last event seen, and since the beginning. Never below zero, though several clocks are read."""
    texts, began, before = [], timeline[0].at_ms or 0.0, timeline[0].at_ms or 0.0
    width = max(len(event.what) for event in timeline)
    for event in timeline:
        if event.at_ms is None:
            texts.append(f"{event.what:{width}}  not seen")
            continue
        at = max(before, event.at_ms)
        texts.append(f"{event.what:{width}}  {(at - before) / 1000:7.2f} s  {(at - began) / 1000:7.2f} s")
        before = at
    return texts


def _began(line: JobEvent) -> float:
    """When an attempt began: its line is written at its end. A line without seconds is of an attempt that no handler saw."""
    began = _minus(line, "seconds")
    return line.at_ms if began is None else began


def _minus(event: JobEvent | None, field: str) -> float | None:
    if event is None:
        return None
    seconds = event.fields.get(field)
    return event.at_ms - seconds * 1000 if isinstance(seconds, int | float) else None
