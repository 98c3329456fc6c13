"""`jobctl logs ID [--follow]`: the log of a job."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from jobctl import links
from jobctl.cli import cli_of
from jobctl.queries.job_record import job_not_found, parse_job_id, read_log
from jobctl.queries.job_state import states_of
from jobctl.queries.times import local_time, offset_at, zone_at
from jobctl.views.job_log_view import job_log_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobctl.cli import Cli
    from jobqueue.client.job_event import JobEvent

POLL_SECONDS = 1.0


def run(
    ctx: typer.Context,
    job_id: Annotated[str, typer.Argument(help="The job's id.", show_default=False)],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Follow until the job has ended.")] = False,
) -> None:
    """Print the log of a job."""
    cli = cli_of(ctx)
    job_id = parse_job_id(job_id)
    logs, stack = cli.session.client("logs"), cli.session.stack
    with cli.output.progress(f"reading the log of {job_id}"):
        logged = read_log(logs, stack, job_id)
        events = _in_one(logged)
    if not events and not follow:
        raise job_not_found(logs, stack, job_id, "log")
    if not follow:
        cli.output.show(job_log_view(events, zone_at(events[-1].at_ms)), events)
        cli.output.note(
            f"{len(events)} events from {local_time(events[0].at_ms)} to {local_time(events[-1].at_ms)}; see also `jobctl show {job_id}`"
        )
        _lead_on(cli, job_id, logged)
        return
    cli.output.note(f"Times are {offset_at(time.time() * 1000)}. Following until the job has ended; Ctrl-C stops.")
    shown = 0
    while True:
        for event in events[shown:]:
            cli.output.line(job_log_view([event], zone_at(event.at_ms)), event)
        shown = max(shown, len(events))
        states = states_of([], events)
        if states and states[0].ended:
            _lead_on(cli, job_id, logged)
            return
        time.sleep(POLL_SECONDS)
        logged = read_log(logs, stack, job_id)
        events = _in_one(logged)


def _in_one(logged: Mapping[str, list[JobEvent]]) -> list[JobEvent]:
    return [event for events in logged.values() for event in events]


def _lead_on(cli: Cli, job_id: str, logged: Mapping[str, list[JobEvent]]) -> None:
    """Links to the log in the console, and to the trace that its lines name."""
    trace_id = next((str(one.fields["traceId"]) for one in _in_one(logged) if one.fields.get("traceId")), "")
    found = {**links.job_log(cli.session, job_id, logged), **links.trace(cli.session, trace_id)}
    for name, link in found.items():
        cli.output.note(f"{name}: {link}")
