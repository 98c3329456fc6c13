"""`jobctl list`: jobs and their status, the newest first; from job records where the stack keeps them, else from the logs."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from jobctl.cli import cli_of
from jobctl.duration import ago_ms
from jobctl.queries.job_state import STATUSES, JobState
from jobctl.queries.recent_states import read_states, with_lost_jobs
from jobctl.queries.recorded import state_of, status_of
from jobctl.queries.times import clock_time, day_time, offset_at
from jobctl.views.job_states_view import job_states_view
from jobqueue.client import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobctl.cli import Cli

DAY_MS = 86_400_000
LOGGED = "1h"
"""How far back logs are read where nobody says: each minute of them costs."""
_LAST = {"1m": "minute", "1h": "hour", "1d": "day", "1w": "week"}

StatusOption = Enum("StatusOption", {one.replace(" ", "_"): one.replace(" ", "-") for one in STATUSES})  # type: ignore[misc]


def run(
    ctx: typer.Context,
    since: Annotated[
        str | None,
        typer.Option(help=f"How far back to look: 90s, 15m, 2h, 3d. Without it all records, or logs of {LOGGED}."),
    ] = None,
    status: Annotated[StatusOption | None, typer.Option(help="Only jobs with this status.")] = None,
    job_type: Annotated[str | None, typer.Option("--type", help="Only this job type (or trigger name).")] = None,
    correlation_id: Annotated[str | None, typer.Option(help="Only jobs with this correlation id.")] = None,
    logs: Annotated[
        bool, typer.Option("--logs", help="Read the logs where job records answer too: errors, tasks, hung jobs.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most this many jobs, the newest.")] = 50,
) -> None:
    """List jobs, the newest first: from job records, or from the logs where there are none."""
    cli = cli_of(ctx)
    word = status.value.replace("-", " ") if status else None
    found = None if logs else _recorded(cli, since, word, limit, type=job_type, correlation_id=correlation_id)
    recorded = found is not None
    if found is None:
        found = _logged(cli, since or LOGGED, word, job_type, correlation_id)
    shown = found[:limit]
    time_of = day_time if _over_days(shown) else clock_time
    cli.output.show(job_states_view(shown, time_of, offset_at(time.time() * 1000)), shown)
    if not shown:
        named = {"with status": word, "of type": job_type, "with correlation id": correlation_id}
        conditions = "".join(f" {name} {value}" for name, value in named.items() if value)
        last = since if recorded else since or LOGGED
        within = f" in the last {_LAST.get(last, last)}" if last else ""
        cli.output.note(f"No job{conditions}{within}")
    elif len(shown) < len(found):
        cli.output.note(f"The newest {len(shown)}{'' if recorded else f' of {len(found)}'}; --limit shows more.")


def _recorded(cli: Cli, since: str | None, word: str | None, limit: int, **asked: str | None) -> list[JobState] | None:
    """One more than the limit, where there is one: by when they were made. None: the logs are to be read, which alone know some words."""
    status, most = (Status.RUNNING, None) if word == "lost" else (status_of(word), limit + 1)
    if word is not None and status is None:
        return None
    since_at = None if since is None else datetime.fromtimestamp(ago_ms(since) / 1000, UTC)
    with cli.output.progress("reading job records"):
        records = cli.recorded(
            lambda jobs: jobs.current([*islice(jobs.list(status=status, since=since_at, **asked), most)])
        )
    if records is None:
        return None
    states = (state_of(record, time.time() * 1000) for record in records)
    return [
        one for one in states if word in (None, one.status)
    ]  # one that ran when the index was written may have ended


def _logged(
    cli: Cli,
    since: str,
    word: str | None,
    job_type: str | None,
    correlation_id: str | None,
) -> list[JobState]:
    """Those that were worked on since then, by when they were last."""
    with cli.output.progress(f"reading the job logs of the last {since}"):
        states = read_states(cli.session.client("logs"), cli.session.stack, ago_ms(since), word=correlation_id or "")
        states = with_lost_jobs(cli.session.client("ecs"), cli.session.stack, states)
    chosen = [
        one
        for one in states
        if word in (None, one.status)
        and job_type in (None, one.job_type)
        and correlation_id in (None, one.correlation_id)
    ]
    return sorted(chosen, key=lambda one: one.last_ms, reverse=True)


def _over_days(states: Sequence[JobState]) -> bool:
    return bool(states) and abs(states[-1].last_ms - states[0].last_ms) > DAY_MS
