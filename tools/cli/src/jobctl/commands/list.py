"""`jobctl list`: the recent jobs and their status."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from jobctl.call import call_of
from jobctl.duration import ago_ms
from jobctl.queries.job_log import read_job_events
from jobctl.queries.job_state import OPEN, STATUSES, JobState, marked_lost, states_of
from jobctl.queries.service_lines import ServiceLines
from jobctl.queries.tasks import read_alive
from jobctl.queries.times import clock_time, day_time, local_time, offset_at
from jobctl.views.job_states_view import job_states_view
from jobctl.wait import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobctl.call import Call
    from jobctl.session import Session

STREAMS = "job-streams"
"""Prefix of the names of the job log's streams, the overflow streams included."""
DAY_MS = 86_400_000

StatusWish = Enum("StatusWish", {one.replace(" ", "_"): one.replace(" ", "-") for one in STATUSES})  # type: ignore[misc]


def run(
    ctx: typer.Context,
    since: Annotated[str, typer.Option(help="Jobs that were worked on since: 90s, 15m, 2h, 3d.")] = "1h",
    status: Annotated[StatusWish | None, typer.Option(help="Only jobs with this status.")] = None,
    job_type: Annotated[str | None, typer.Option("--type", help="Only this job type (or trigger's name).")] = None,
    correlation_id: Annotated[str | None, typer.Option(help="Only those with this correlation id.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most, the newest.")] = 50,
) -> None:
    """The jobs of the last hour, the newest last."""
    call = call_of(ctx)
    since_ms = ago_ms(since)
    with call.screen.working(f"read the job logs of the last {since}"):
        states = read_states(call, since_ms, word=correlation_id or "")
    chosen = [
        one
        for one in states
        if (status is None or one.status == status.value.replace("-", " "))
        and job_type in (None, one.job_type)
        and correlation_id in (None, one.correlation_id)
    ]
    shown = sorted(chosen, key=lambda one: one.last_ms)[-limit:]
    time_of = day_time if _over_days(shown) else clock_time
    call.screen.show(job_states_view(shown, time_of, offset_at(since_ms)), shown)
    if not shown:
        call.screen.say(f"No job matches since {local_time(since_ms)}, of {len(states)} that ran.")
    elif len(shown) < len(chosen):
        call.screen.say(f"The newest {len(shown)} of {len(chosen)}; --limit shows more.")


def read_states(call: Call, since_ms: int, word: str = "") -> list[JobState]:
    """All jobs that were worked on since `since_ms`; with `word`, those with that word in their lines.

    Raises:
        botocore.exceptions.ClientError: no such group, no permission.
    """
    logs, stack = call.session.client("logs"), call.session.stack
    groups = {name: service.log_group for name, service in stack.services.items()}
    lines = ServiceLines(logs, groups, since_ms, word or ATTEMPTS).fresh()
    logged = [
        event
        for service in stack.logging
        for event in read_job_events(logs, service.log_group, since_ms, streams=STREAMS, word=word)
    ]
    states = states_of((one.line for one in lines), logged)
    return with_losses(call.session, states)


def with_losses(session: Session, states: list[JobState]) -> list[JobState]:
    """The same, with attempts marked as lost whose task is gone; ECS is asked only if an attempt is under way.

    Raises:
        botocore.exceptions.ClientError: no permission.
    """
    if not any(one.status in OPEN for one in states):
        return states
    services = [one.ecs_service for one in session.stack.services.values()]
    return marked_lost(states, read_alive(session.client("ecs"), session.stack.cluster, services))


def _over_days(states: Sequence[JobState]) -> bool:
    return bool(states) and states[-1].last_ms - states[0].last_ms > DAY_MS
