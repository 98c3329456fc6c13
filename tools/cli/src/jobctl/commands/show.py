"""`jobctl show ID`: one job's attempts and timeline, where it ran, how it ended, and links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from jobctl.cli import cli_of
from jobctl.dead_letters.queues import find, queues_of
from jobctl.job_report import FoundLetter, report_of, report_view
from jobctl.queries.job_record import job_not_found, parse_job_id, read_record

if TYPE_CHECKING:
    from jobctl.cli import Cli


def run(ctx: typer.Context, job_id: Annotated[str, typer.Argument(help="The job's id.", show_default=False)]) -> None:
    """Show one job: its attempts, timeline, tasks, dead letter and links."""
    cli = cli_of(ctx)
    job_id = parse_job_id(job_id)
    with cli.output.progress(f"looking for {job_id}"):
        record = read_record(cli.session.client("logs"), cli.session.stack, job_id)
        letter = None if record.state and record.state.status == "completed" else _letter(cli, job_id)
    if record.state is None and letter is None:
        raise job_not_found(cli.session.client("logs"), cli.session.stack, job_id, "log line or dead letter")
    report = report_of(cli.session, record, letter)
    cli.output.show(report_view(report), report)


def _letter(cli: Cli, job_id: str) -> FoundLetter | None:
    for queue in queues_of(cli.session.stack, cli.session.client("sqs")):
        for letter in find(queue, job_id):
            receives = str(letter.receives or "")
            return FoundLetter(queue.name, letter.reason, letter.error, receives, letter.job_type, letter.trace_id)
    return None
