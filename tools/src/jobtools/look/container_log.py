"""What did a container write last? Layer: tools, any thread, plain boto3; one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

SHOWN_LINES = 15


def last_lines(logs: CloudWatchLogsClient, group: str, stream: str, most: int = SHOWN_LINES) -> list[str]:
    """The end of a stream; empty where nothing was written, or the stream is gone.

    Raises:
        botocore.exceptions.ClientError: no permission.
    """
    try:
        found = logs.get_log_events(logGroupName=group, logStreamName=stream, limit=most, startFromHead=False)
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"].rstrip() for event in found["events"]]
