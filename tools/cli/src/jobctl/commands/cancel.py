"""`jobctl cancel ID`: ends a job that waits, asks one that runs to end."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from jobctl.cli import cli_of
from jobctl.queries.job_record import parse_job_id
from jobqueue.client import Status


def run(
    ctx: typer.Context,
    job_id: Annotated[str, typer.Argument(metavar="ID", help="The job's id.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why; the job's handler and its record are told.")] = "asked for",
) -> None:
    """Cancel a job: one that waits never runs, one that runs is asked to end. Needs job records."""
    cli, job_id = cli_of(ctx), parse_job_id(job_id)
    with cli.output.progress(f"cancelling {job_id}"):
        record = cli.session.jobs.cancel(job_id, reason)
    waited = record.status is Status.CANCELLED
    said = "cancelled: it never runs" if waited else "asked to end: it hears of it within ten seconds"
    cli.output.line(Text(f"{job_id}  {said}"), {"job_id": job_id, "status": record.status.value, "reason": reason})
