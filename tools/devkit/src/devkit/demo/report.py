"""Report on the terminal at the end of the demo: fates, one job's log, one trace, the dead letters, each by `jobctl.queries`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from devkit.demo.fates_view import fates_view
from devkit.demo.worth import verdict, worth_showing
from jobctl.queries.dead_letter_groups import summary_of
from jobctl.queries.job_log import read_job_log
from jobctl.views.console import heading
from jobctl.views.dead_letter_view import dead_letters_view
from jobctl.views.job_log_view import job_log_view
from jobctl.views.waterfall_view import waterfall_view
from jobqueue.messages.job_id import job_log_stream

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

    from devkit.demo.flow import Findings
    from devkit.services import Places


def report(console: Console, places: Places, logs: CloudWatchLogsClient, findings: Findings) -> None:
    """Everything but the last line."""
    console.print(heading("What happened to each trigger"))
    console.print(fates_view(findings.fates))
    shown = worth_showing(findings.fates)
    if shown is not None:
        if shown.job_id:
            console.print(heading(f"The log of trigger {shown.trigger.number}'s job, from CloudWatch Logs"))
            console.print(Text(f"{places.job_log_group} {job_log_stream(shown.job_id)}", style="dim"))
            console.print(job_log_view(read_job_log(logs, places.job_log_group, shown.job_id)))
        console.print(heading(f"The trace of trigger {shown.trigger.number}, received over OTLP"))
        received = f"{len(findings.spans)} spans and {len(findings.metric_names)} metrics in all"
        console.print(Text(f"{shown.trigger.trace_id} ({received})", style="dim"))
        console.print(waterfall_view(findings.spans, shown.trigger.trace_id))
    console.print(heading("Dead letters"))
    for queue in (places.triggers.dead_letter_name, places.jobs.dead_letter_name):
        console.print(
            dead_letters_view(queue, [summary_of(letter) for letter in findings.letters if letter.queue == queue])
        )


def summary(findings: Findings, seconds: float) -> Text:
    """The last line."""
    return Text(f"{verdict(findings.fates)}; {seconds:.1f} s", style="bold red" if findings.lost else "bold green")
