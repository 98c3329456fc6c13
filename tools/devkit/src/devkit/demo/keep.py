"""AWS CLI commands for a demo that is kept running, ready to be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.demo.triggers import EXAMPLES
from jobqueue.messages.job_id import job_log_stream
from localaws.aws import REGION

if TYPE_CHECKING:
    from devkit.demo.flow import Findings
    from devkit.services import Places


def commands_view(places: Places, findings: Findings) -> str:
    """Text to copy from: a shell function that talks to the local AWS whatever the user's own settings are, and uses of it.

    It unsets AWS_PROFILE: the CLI takes an empty value for the name of a profile, and fails.
    """
    job_id = next((fate.job_id for fate in findings.fates if fate.word == "completed"), "")
    stream = job_log_stream(job_id) if job_id else "job-streams/YYYY-MM-DD/JOB_ID"
    group = places.job_log_group
    return f"""
Everything runs until Ctrl-C. In another shell:

demo_aws() {{
  env -u AWS_PROFILE -u AWS_DEFAULT_PROFILE -u AWS_SESSION_TOKEN AWS_PAGER= \\
    AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing \\
    AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null \\
    aws --endpoint-url {places.aws.endpoint} --region {REGION} "$@"
}}

# send a trigger
demo_aws sqs send-message --queue-url {places.triggers.url} --message-body '{EXAMPLES[0]}'
# list the jobs' log streams
demo_aws logs describe-log-streams --log-group-name {group} --query 'logStreams[].logStreamName' --output table
# read one
demo_aws logs get-log-events --log-group-name {group} --log-stream-name {stream} --query 'events[].[message]' --output text
# look into the dead-letter queues
demo_aws sqs receive-message --queue-url {places.triggers.dead_letter_url} \\
  --max-number-of-messages 10 --visibility-timeout 0 --message-attribute-names All
demo_aws sqs receive-message --queue-url {places.jobs.dead_letter_url} \\
  --max-number-of-messages 10 --visibility-timeout 0 --message-attribute-names All
"""
