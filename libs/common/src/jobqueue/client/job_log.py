"""Readers of job logs in CloudWatch Logs; they block for one call for each page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from jobqueue.client.job_event import JobEvent, read_job_event
from jobqueue.client.log_lines import log_lines
from jobqueue.messages.job_id import job_id_ms, job_log_stream

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

JOB_STREAMS = "job-streams"
"""Prefix of the names of the job log's streams, the overflow streams included."""
OVERFLOW = "job-streams-overflow/"
"""Prefix of the streams that take events while CloudWatch Logs refuses new streams; see `jobqueue.cloudwatch.overflow`."""
BEFORE_MS = 60_000
"""Milliseconds by which the clock that made an id may be ahead of the services'."""


def read_job_log(logs: CloudWatchLogsClient, group: str, job_id: str) -> list[JobEvent]:
    """The events of one job in order, from the stream that its id names; empty if the job wrote none there."""
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
    logs: CloudWatchLogsClient,
    group: str,
    since_ms: int,
    *,
    streams: str = "",
    word: str = "",
    max_pages: int | None = None,
) -> list[JobEvent]:
    """The events of all jobs since `since_ms`, overflow streams included, by time; from streams with that prefix, in lines with that word.
    `max_pages`: the most calls, the oldest events first; None: all.
    """
    lines = log_lines(logs, group, since_ms, streams=streams, word=word, max_pages=max_pages)
    return sorted(_events((line.at_ms, line.text) for line in lines), key=lambda event: event.at_ms)


def read_whole_log(logs: CloudWatchLogsClient, group: str, job_id: str) -> list[JobEvent]:
    """As `read_job_log`; else from the overflow streams, which have no index."""
    if events := read_job_log(logs, group, job_id):
        return events
    spilt = read_job_events(logs, group, job_id_ms(job_id) - BEFORE_MS, streams=OVERFLOW, word=job_id)
    return [event for event in spilt if event.job_id == job_id]


def _events(texts: Iterable[tuple[int, str]]) -> list[JobEvent]:
    return [event for at_ms, text in texts if (event := read_job_event(at_ms, text)) is not None]
