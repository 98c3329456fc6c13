"""How long did each hop of one trigger take? Layer: tools, pure: from the services' own log lines and the job's log.

sent -> received by the main job -> background job queued -> received by the background job -> completed
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobtools.look.job_event import JobEvent

_DONE = "job done"
"""The executor's line on stdout, with `seconds` since the job began (jobqueue.consumer.executor)."""


@dataclass(frozen=True)
class Hop:
    """`at_ms`: when, since 1970; None: not seen."""

    what: str
    at_ms: float | None


def hops_of(sent_ms: float, main: Sequence[JobEvent], background: Sequence[JobEvent]) -> list[Hop]:
    """`main`: lines of the main job's log group that name the job id; `background`: the job's own log."""
    done = next((line for line in main if line.message == _DONE), None)
    started = next((event for event in background if event.event == "job.started"), None)
    completed = next((event for event in background if event.event == "job.completed"), None)
    return [
        Hop("sent", sent_ms),
        Hop("received by the main job", _minus(done, "seconds")),
        Hop("background job queued", _minus(started, "queueWaitSeconds")),
        Hop("received by the background job", None if started is None else started.at_ms),
        Hop("completed", None if completed is None else completed.at_ms),
    ]


def told(hops: Sequence[Hop]) -> list[str]:
    """A line a hop: seconds since the one that was seen before, and since the beginning. Clocks of several machines: never below zero."""
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


def _minus(event: JobEvent | None, field: str) -> float | None:
    if event is None:
        return None
    seconds = event.fields.get(field)
    return event.at_ms - seconds * 1000 if isinstance(seconds, int | float) else None
