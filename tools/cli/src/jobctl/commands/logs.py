"""`jobctl logs ID [--follow]`: the log of a job."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from jobctl import places
from jobctl.call import call_of
from jobctl.queries.job_state import states_of
from jobctl.queries.times import local_time, offset_at, zone_at
from jobctl.record import checked, nothing_found, read_log
from jobctl.views.job_log_view import job_log_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobctl.call import Call
    from jobctl.queries.job_event import JobEvent

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
        logged = read_log(logs, stack, job_id)
        events = _in_one(logged)
    if not events and not follow:
        raise nothing_found(logs, stack, job_id, "The log")
    if not follow:
        call.screen.show(job_log_view(events, zone_at(events[-1].at_ms)), events)
        call.screen.say(
            f"{len(events)} events, {local_time(events[0].at_ms)} to {local_time(events[-1].at_ms)}; `jobctl show {job_id}`"
        )
        _lead_on(call, job_id, logged)
        return
    call.screen.say(f"Times are {offset_at(time.time() * 1000)}. Until the job has ended, or Ctrl-C.")
    shown = 0
    while True:
        for event in events[shown:]:
            call.screen.line(job_log_view([event], zone_at(event.at_ms)), event)
        shown = max(shown, len(events))
        states = states_of([], events)
        if states and states[0].ended:
            _lead_on(call, job_id, logged)
            return
        time.sleep(LOOK_SECONDS)
        logged = read_log(logs, stack, job_id)
        events = _in_one(logged)


def _in_one(logged: Mapping[str, list[JobEvent]]) -> list[JobEvent]:
    return [event for events in logged.values() for event in events]


def _lead_on(call: Call, job_id: str, logged: Mapping[str, list[JobEvent]]) -> None:
    """Links to the log in the console, and to the trace that its lines name."""
    trace_id = next((str(one.fields["traceId"]) for one in _in_one(logged) if one.fields.get("traceId")), "")
    links = {**places.job_log(call.session, job_id, logged), **places.trace(call.session, trace_id)}
    for name, place in links.items():
        call.screen.say(f"{name}: {place}")
