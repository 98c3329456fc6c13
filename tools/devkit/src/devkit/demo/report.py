"""Text at the end of the demo: outcomes, one job's log, one trace, the dead letters; and AWS CLI commands where it is kept running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from devkit.demo.fates_view import fates_view
from devkit.demo.highlights import batches_summary, highlight, outcome_summary, records_summary
from devkit.demo.triggers import EXAMPLES
from jobctl.queries.dead_letter_groups import summary_of
from jobctl.views.console import heading
from jobctl.views.dead_letter_view import dead_letters_view
from jobctl.views.job_log_view import job_log_view
from jobctl.views.waterfall_view import waterfall_view
from jobqueue.client.job_log import read_job_log
from jobqueue.messages.job_id import job_log_stream
from localaws.aws import REGION

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

    from devkit.demo.flow import Findings
    from devkit.services import Resources


def report(console: Console, resources: Resources, logs: CloudWatchLogsClient, findings: Findings) -> None:
    """Everything but the last line."""
    console.print(heading("What happened to each trigger"))
    console.print(fates_view(findings.fates))
    style = "bold red" if findings.differing else "dim"
    console.print(Text(records_summary(findings.records, findings.differing), style=style))
    if batches := batches_summary(findings.records):
        console.print(Text(batches, style="bold red" if findings.under_way else "dim"))
    shown = highlight(findings.fates)
    if shown is not None:
        if shown.job_id:
            console.print(heading(f"The log of trigger {shown.trigger.number}'s job, from CloudWatch Logs"))
            console.print(Text(f"{resources.job_log_group} {job_log_stream(shown.job_id)}", style="dim"))
            console.print(job_log_view(read_job_log(logs, resources.job_log_group, shown.job_id)))
        console.print(heading(f"The trace of trigger {shown.trigger.number}, received over OTLP"))
        received = f"{len(findings.spans)} spans and {len(findings.metric_names)} metrics in all"
        console.print(Text(f"{shown.trigger.trace_id} ({received})", style="dim"))
        console.print(waterfall_view(findings.spans, shown.trigger.trace_id))
    console.print(heading("Dead letters"))
    for queue in (pair.dead_letter_name for pair in resources.queues.values()):
        console.print(
            dead_letters_view(queue, [summary_of(letter) for letter in findings.letters if letter.queue == queue])
        )


def summary(findings: Findings, seconds: float) -> Text:
    """The last line."""
    return Text(
        f"{outcome_summary(findings.fates)}; {seconds:.1f} s",
        style="bold red" if findings.missing else "bold green",
    )


def kept_commands(resources: Resources, findings: Findings) -> str:
    """Text to copy from: a shell function that talks to the local AWS whatever the user's own settings are, and uses of it.

    It unsets AWS_PROFILE: the CLI takes an empty value for the name of a profile, and fails.
    """
    job_id = next((fate.job_id for fate in findings.fates if fate.word == "completed"), "")
    stream = job_log_stream(job_id) if job_id else "job-streams/YYYY-MM-DD/JOB_ID"
    group = resources.job_log_group
    looks = "\n".join(
        f"demo_aws sqs receive-message --queue-url {pair.dead_letter_url} \\\n"
        "  --max-number-of-messages 10 --visibility-timeout 0 --message-attribute-names All"
        for pair in resources.queues.values()
    )
    return f"""
Everything runs until Ctrl-C. In another shell:

demo_aws() {{
  env -u AWS_PROFILE -u AWS_DEFAULT_PROFILE -u AWS_SESSION_TOKEN AWS_PAGER= \\
    AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing \\
    AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null \\
    aws --endpoint-url {resources.aws.endpoint} --region {REGION} "$@"
}}

# send a trigger
demo_aws sqs send-message --queue-url {resources.triggers.url} --message-body '{EXAMPLES[0]}'
# list the jobs' log streams
demo_aws logs describe-log-streams --log-group-name {group} --query 'logStreams[].logStreamName' --output table
# read one
demo_aws logs get-log-events --log-group-name {group} --log-stream-name {stream} --query 'events[].[message]' --output text
# read its record
demo_aws dynamodb query --table-name {resources.job_table} --key-condition-expression 'jobId = :id' \\
  --expression-attribute-values '{{":id": {{"S": "{job_id or "JOB_ID"}"}}}}'
# look into the dead-letter queues
{looks}
"""
