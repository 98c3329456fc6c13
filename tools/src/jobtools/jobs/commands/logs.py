"""What did this job write? `jobs logs ID [--follow]`. Layer: tools, main thread."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobtools.jobs.call import call_of
from jobtools.jobs.record import checked, nothing_found, read_log
from jobtools.jobs.screen import local_time, offset_at, zone_at
from jobtools.look.job_log_view import job_log_view
from jobtools.look.job_state import states_of

if TYPE_CHECKING:
    from jobtools.jobs.call import Call
    from jobtools.look.job_event import JobEvent

LOOK_SECONDS = 1.0


def run(
    ctx: typer.Context,
    job_id: Annotated[str, typer.Argument(help="The job's id.", show_default=False)],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Goes on until the job has ended.")] = False,
) -> None:
    """The job's own log."""
    call = call_of(ctx)
    job_id = checked(job_id)
    logs, stack = call.session.client("logs"), call.session.stack
    with call.screen.working(f"read the log of {job_id}"):
        events = _read(logs, stack, job_id)
    if not events and not follow:
        raise nothing_found(logs, stack, job_id, "The log")
    if not follow:
        call.screen.show(job_log_view(events, zone_at(events[-1].at_ms)), events)
        _heading(call, events)
        return
    call.screen.say(f"Times are {offset_at(time.time() * 1000)}. Until the job has ended, or Ctrl-C.")
    shown = 0
    while True:
        for event in events[shown:]:
            call.screen.line(job_log_view([event], zone_at(event.at_ms)), event)
        shown = max(shown, len(events))
        states = states_of([], events)
        if states and states[0].ended:
            return
        time.sleep(LOOK_SECONDS)
        events = _read(logs, stack, job_id)


def _read(logs: Any, stack: Any, job_id: str) -> list[JobEvent]:
    return [event for events in read_log(logs, stack, job_id).values() for event in events]


def _heading(call: Call, events: list[JobEvent]) -> None:
    call.screen.say(f"{len(events)} events, {local_time(events[0].at_ms)} to {local_time(events[-1].at_ms)}")
