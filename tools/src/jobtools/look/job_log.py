"""How are job logs read back from CloudWatch Logs? Layer: tools, any thread, plain boto3; blocks for as many calls as there are pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from jobqueue.messages.job_id import job_log_stream
from jobtools.look.job_event import JobEvent, read_job_event

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient


def read_job_log(logs: CloudWatchLogsClient, group: str, job_id: str) -> list[JobEvent]:
    """The events of one job in order, from the stream that its id names; empty where the job wrote none there.

    Raises:
        botocore.exceptions.ClientError: no such group, no permission.
    """
    stream = job_log_stream(job_id)
    texts: list[tuple[int, str]] = []
    token = ""
    try:
        answer = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
        # The same token again is how GetLogEvents says that the end is reached.
        while answer["nextForwardToken"] != token:
            texts += [(event["timestamp"], event["message"]) for event in answer["events"]]
            token = answer["nextForwardToken"]
            answer = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, nextToken=token)
    except logs.exceptions.ResourceNotFoundException:
        return []
    return _events(texts)


def read_job_events(
    logs: CloudWatchLogsClient, group: str, since_ms: int, *, streams: str = "", word: str = ""
) -> list[JobEvent]:
    """The events of all jobs since then, overflow streams included, by time; of streams whose names begin so, and with that word in them.

    Raises:
        botocore.exceptions.ClientError: no such group, no permission.
    """
    wanted: dict[str, Any] = {"logGroupName": group, "startTime": since_ms}
    if streams:
        wanted["logStreamNamePrefix"] = streams
    if word:
        wanted["filterPattern"] = quoted(word)
    pages = logs.get_paginator("filter_log_events").paginate(**wanted)
    texts = [
        (event["timestamp"], event["message"])
        for page in pages
        for event in page["events"]
        if event["logStreamName"].startswith(streams)  # a local AWS takes no notice of the prefix
    ]
    return sorted(_events(texts), key=lambda event: event.at_ms)


def read_lines_about(logs: CloudWatchLogsClient, group: str, job_id: str, since_ms: int) -> list[JobEvent]:
    """The lines of a service's output that name a job, from then on, by time.

    Raises:
        botocore.exceptions.ClientError: no such group, no permission.
    """
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=since_ms, filterPattern=quoted(job_id)
    )
    texts = [(event["timestamp"], event["message"]) for page in pages for event in page["events"]]
    return sorted((one for one in _events(texts) if one.job_id == job_id), key=lambda event: event.at_ms)


def quoted(word: str) -> str:
    """The filter pattern of a text that a line must have:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _events(texts: Iterable[tuple[int, str]]) -> list[JobEvent]:
    return [event for at_ms, text in texts if (event := read_job_event(at_ms, text)) is not None]
