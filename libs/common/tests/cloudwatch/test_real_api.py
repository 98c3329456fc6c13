"""The same job log against moto's CloudWatch Logs, whose answers are AWS's own."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from jobqueue.cloudwatch.client import logs_client
from jobqueue.cloudwatch.errors import LogGroupError
from jobqueue.cloudwatch.job_logs import CloudWatchJobLogs
from jobqueue.cloudwatch.settings import JobLogSettings
from jobqueue.line_writer import LineWriter
from jobqueue.messages.job_id import job_log_stream


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(endpoint: str) -> Iterator[Any]:
    client = logs_client(region="us-east-1", endpoint_url=endpoint)
    client.create_log_group(logGroupName="/jobs")
    yield client
    client.delete_log_group(logGroupName="/jobs")
    client.close()


@pytest.fixture
def calls(client: Any) -> Counter[str]:
    """Counted where botocore sends them."""
    counted: Counter[str] = Counter()
    client.meta.events.register("before-send.cloudwatch-logs", lambda event_name, **_: counted.update([event_name]))
    return counted


def job_logs(client: Any, group: str = "/jobs", lines: Any = None, **settings: Any) -> CloudWatchJobLogs:
    return CloudWatchJobLogs(
        client,
        JobLogSettings(group, **settings),
        task="task-1",
        on_overflow=lambda count: None,
        on_undelivered=lambda count: None,
        lines=lines,
    )


def kept(client: Any, stream: str) -> list[str]:
    answer = client.get_log_events(logGroupName="/jobs", logStreamName=stream, startFromHead=True)
    return [json.loads(event["message"])["message"] for event in answer["events"]]


def run(logs: CloudWatchJobLogs, confirmation: Any, attempt: int, *steps: str) -> None:
    log = logs.open(confirmation.job, attempt)
    for step in steps:
        log.write("INFO", step)
    log.finish(confirmation)
    confirmation.wait()


def test_a_job_and_its_retry_are_read_back_from_one_stream(
    client: Any, calls: Counter[str], new_job: Any, new_confirmation: Any
) -> None:
    logs, job = job_logs(client), new_job()
    run(logs, new_confirmation(job), 1, "started", "failed")
    create, put = ("before-send.cloudwatch-logs.CreateLogStream", "before-send.cloudwatch-logs.PutLogEvents")
    assert calls == {create: 1, put: 1}
    run(logs, new_confirmation(job), 2, "started", "completed")
    assert calls == {create: 1, put: 2}
    logs.flush(1)
    assert kept(client, job_log_stream(job.job_id)) == ["started", "failed", "started", "completed"]


def test_a_later_attempt_without_a_stream_and_a_first_with_one_both_append(
    client: Any, new_job: Any, new_confirmation: Any
) -> None:
    logs, job = job_logs(client), new_job()
    run(logs, new_confirmation(job), 2, "second")
    run(logs, new_confirmation(job), 1, "redriven, received for the first time again")
    logs.flush(1)
    assert kept(client, job_log_stream(job.job_id)) == ["second", "redriven, received for the first time again"]


def test_jobs_beyond_the_share_are_read_back_from_the_overflow_stream(
    client: Any, new_job: Any, new_confirmation: Any
) -> None:
    logs = job_logs(client, job_log_streams_per_second=0.01, job_log_stream_wait_seconds=0.0)
    run(logs, new_confirmation(new_job()), 1, "own")
    run(logs, new_confirmation(new_job()), 1, "overflowed")
    logs.flush(1)
    streams = [stream["logStreamName"] for stream in client.describe_log_streams(logGroupName="/jobs")["logStreams"]]
    (overflow,) = [name for name in streams if name.startswith("job-streams-overflow/")]
    assert kept(client, overflow) == ["overflowed"]


def test_a_group_that_does_not_exist_is_named_in_the_log_and_the_events_reach_stdout(
    client: Any, new_job: Any, new_confirmation: Any, caplog: pytest.LogCaptureFixture
) -> None:
    out = os.memfd_create("stdout")
    lines = LineWriter(str.encode, os.dup(out))
    logs = job_logs(client, "/nowhere", lines, job_log_stream_wait_seconds=0.0, job_log_confirm_seconds=1.0)
    done = new_confirmation(new_job())
    log = logs.open(done.job, 1)
    log.write("INFO", "lost")
    log.finish(done)
    done.wait()
    logs.flush(1)
    lines.close()
    assert json.loads(os.pread(out, 10_000, 0))["job_log_undelivered"] is True
    os.close(out)
    assert "/nowhere" in caplog.text


def test_a_group_that_does_not_exist_is_told_at_start(client: Any, calls: Counter[str]) -> None:
    job_logs(client).check().await_answer()
    with pytest.raises(LogGroupError, match=r"/nowhere: no such log group\. Check JOB_LOG_GROUP"):
        job_logs(client, group="/nowhere").check().await_answer()
    assert calls.total() == 2
