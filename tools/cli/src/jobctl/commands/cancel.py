"""`jobctl cancel ID`: ends a job that waits, asks one that runs to end; with --tree also the jobs that it queued."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from jobctl.cli import cli_of
from jobctl.queries.job_record import parse_job_id
from jobctl.queries.recorded import word_of
from jobqueue.client import JobOverError, Status

if TYPE_CHECKING:
    from jobctl.cli import Cli
    from jobqueue.client import JobRecord

LOOK_SECONDS = 2.0
"""Between two looks for the jobs of a tree: the index from which they are read follows the table within a second as a rule."""
HEARD_SECONDS = 15.0
"""A job that runs hears of its cancel within ten seconds; until then it may queue further jobs."""


def run(
    ctx: typer.Context,
    job_id: Annotated[str, typer.Argument(metavar="ID", help="The job's id.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why; the job's handler and its record are told.")] = "asked for",
    tree: Annotated[
        bool, typer.Option("--tree", help="Cancel the jobs too that it queued, and those that they queued.")
    ] = False,
) -> None:
    """Cancel a job: one that waits never runs, one that runs is asked to end. Needs job records."""
    cli, job_id = cli_of(ctx), parse_job_id(job_id)
    with cli.output.progress(f"cancelling {job_id}") as progress:
        if not tree:
            _say(cli, job_id, cli.session.jobs.cancel(job_id, reason), reason)
            return
        running = _cancel_each(cli, [job_id], reason)
        seen, deadline = {job_id}, time.monotonic() + HEARD_SECONDS
        while True:
            time.sleep(LOOK_SECONDS)
            fresh = [one for one in cli.session.jobs.descendants(job_id) if one.key.job_id not in seen]
            seen |= {one.key.job_id for one in fresh}
            for one in fresh:
                if one.status.over:
                    _say_over(cli, one.key.job_id, word_of(one.status))
            running |= _cancel_each(cli, [one.key.job_id for one in fresh if not one.status.over], reason)
            running = {one for one in running if cli.session.jobs.over(one) is None}
            if not fresh and (not running or time.monotonic() > deadline):
                return
            progress(f"waiting for {len(running)} that run to hear of it")


def _cancel_each(cli: Cli, ids: list[str], reason: str) -> set[str]:
    """Those that run, and were asked to end."""
    running = set()
    for one in ids:
        try:
            record = cli.session.jobs.cancel(one, reason)
        except JobOverError:
            _say_over(cli, one, word_of(cli.session.jobs.get(one).status))
            continue
        _say(cli, one, record, reason)
        running |= {one} if record.status is not Status.CANCELLED else set()
    return running


def _say(cli: Cli, job_id: str, record: JobRecord, reason: str) -> None:
    waited = record.status is Status.CANCELLED
    said = "cancelled: it never runs" if waited else "asked to end: it hears of it within ten seconds"
    cli.output.line(Text(f"{job_id}  {said}"), {"job_id": job_id, "status": record.status.value, "reason": reason})


def _say_over(cli: Cli, job_id: str, word: str) -> None:
    cli.output.line(Text(f"{job_id}  was over: {word}"), {"job_id": job_id, "status": word, "reason": ""})
