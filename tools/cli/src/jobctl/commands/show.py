"""`jobctl show ID`: what became of one job: its records, and from the logs its attempts and timeline, where it ran, how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from jobctl.cli import cli_of
from jobctl.dead_letters.queues import find, queues_of
from jobctl.job_report import FoundLetter, JobReport, recorded_report, report_of, report_view, with_records
from jobctl.queries.job_record import job_not_found, parse_job_id, read_record

if TYPE_CHECKING:
    from jobctl.cli import Cli


def run(
    ctx: typer.Context,
    job_id: Annotated[str, typer.Argument(help="The job's id.", show_default=False)],
    logs: Annotated[
        bool,
        typer.Option("--logs", help="Read logs and dead letters too, where job records answer: attempts, timeline."),
    ] = False,
) -> None:
    """Show one job: its records; its attempts, timeline, tasks and dead letter with --logs, or where there are no records."""
    cli = cli_of(ctx)
    job_id = parse_job_id(job_id)
    with cli.output.progress(f"looking for {job_id}"):
        known = cli.recorded(lambda jobs: recorded_report(cli.session, jobs.stages(job_id)))
        report = known if known and not logs else _from_logs(cli, job_id, known)
    cli.output.show(report_view(report), report)
    if known and not logs:
        cli.output.note(
            f"`jobctl show {job_id} --logs` reads its attempts and timeline; see also `jobctl logs`, `jobctl trace`."
        )


def _from_logs(cli: Cli, job_id: str, known: JobReport | None) -> JobReport:
    record = read_record(cli.session.client("logs"), cli.session.stack, job_id)
    letter = None if record.state and record.state.status == "completed" else _letter(cli, job_id)
    if record.state is None and letter is None and known is None:
        raise job_not_found(cli.session.client("logs"), cli.session.stack, job_id, "log line or dead letter")
    return with_records(report_of(cli.session, record, letter), known)


def _letter(cli: Cli, job_id: str) -> FoundLetter | None:
    for queue in queues_of(cli.session.stack, cli.session.client("sqs")):
        for letter in find(queue, job_id):
            receives = str(letter.receives or "")
            return FoundLetter(queue.name, letter.reason, letter.error, receives, letter.job_type, letter.trace_id)
    return None
