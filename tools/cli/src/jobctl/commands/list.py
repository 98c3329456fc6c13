"""`jobctl list`: the recent jobs and their status."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from jobctl.cli import cli_of
from jobctl.duration import ago_ms
from jobctl.queries.job_state import STATUSES, JobState
from jobctl.queries.recent_states import read_states, with_lost_jobs
from jobctl.queries.times import clock_time, day_time, offset_at
from jobctl.views.job_states_view import job_states_view

if TYPE_CHECKING:
    from collections.abc import Sequence


DAY_MS = 86_400_000
_LAST = {"1m": "minute", "1h": "hour", "1d": "day", "1w": "week"}

StatusOption = Enum("StatusOption", {one.replace(" ", "_"): one.replace(" ", "-") for one in STATUSES})  # type: ignore[misc]


def run(
    ctx: typer.Context,
    since: Annotated[str, typer.Option(help="How far back to look: 90s, 15m, 2h, 3d.")] = "1h",
    status: Annotated[StatusOption | None, typer.Option(help="Only jobs with this status.")] = None,
    job_type: Annotated[str | None, typer.Option("--type", help="Only this job type (or trigger name).")] = None,
    correlation_id: Annotated[str | None, typer.Option(help="Only jobs with this correlation id.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many jobs, the newest.")] = 50,
) -> None:
    """List the jobs of the last hour, the newest last."""
    cli = cli_of(ctx)
    since_ms = ago_ms(since)
    with cli.output.progress(f"reading the job logs of the last {since}"):
        stack = cli.session.stack
        states = read_states(cli.session.client("logs"), stack, since_ms, word=correlation_id or "")
        states = with_lost_jobs(cli.session.client("ecs"), stack, states)
    chosen = [
        one
        for one in states
        if (status is None or one.status == status.value.replace("-", " "))
        and job_type in (None, one.job_type)
        and correlation_id in (None, one.correlation_id)
    ]
    shown = sorted(chosen, key=lambda one: one.last_ms)[-limit:]
    time_of = day_time if _over_days(shown) else clock_time
    cli.output.show(job_states_view(shown, time_of, offset_at(since_ms)), shown)
    if not shown:
        asked = {"with status": status and status.value, "of type": job_type, "with correlation id": correlation_id}
        conditions = "".join(f" {name} {value}" for name, value in asked.items() if value)
        others = f"; {len(states)} others ran" if states and not correlation_id else ""
        cli.output.note(f"No job{conditions} in the last {_LAST.get(since, since)}{others}")
    elif len(shown) < len(chosen):
        cli.output.note(f"The newest {len(shown)} of {len(chosen)}; --limit shows more.")


def _over_days(states: Sequence[JobState]) -> bool:
    return bool(states) and states[-1].last_ms - states[0].last_ms > DAY_MS
