"""A job's log, found by the job id alone, and the logs of all jobs, read page by page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import orjson
import pytest
from moto import mock_aws

from jobqueue.client.job_log import read_job_events, read_job_log
from jobqueue.messages.job_id import job_log_stream, new_job_id

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

GROUP = "jobs"


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudWatchLogsClient]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        client = boto3.client("logs", region_name="us-east-1")
        client.create_log_group(logGroupName=GROUP)
        yield client
        client.close()


def put(logs: CloudWatchLogsClient, stream: str, job_id: str, messages: list[str]) -> None:
    now = int(time.time() * 1000)
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    events = [
        {"timestamp": now, "message": orjson.dumps({"jobId": job_id, "message": text}).decode()} for text in messages
    ]
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)  # type: ignore[arg-type]


def test_the_id_names_the_stream_and_events_come_in_order(logs: CloudWatchLogsClient) -> None:
    job_id = new_job_id()
    put(logs, job_log_stream(job_id), job_id, ["started", "step", "completed"])
    assert [event.message for event in read_job_log(logs, GROUP, job_id)] == ["started", "step", "completed"]


def test_a_job_without_a_stream_has_an_empty_log(logs: CloudWatchLogsClient) -> None:
    assert read_job_log(logs, GROUP, new_job_id()) == []


def test_the_events_of_all_jobs_include_an_overflow_stream(logs: CloudWatchLogsClient) -> None:
    first, second = new_job_id(), new_job_id()
    put(logs, job_log_stream(first), first, ["own"])
    put(logs, "overflow/2026-01-01/task", second, ["overflown"])
    assert {event.job_id: event.message for event in read_job_events(logs, GROUP, 0)} == {
        first: "own",
        second: "overflown",
    }
