"""The same job log against moto's CloudWatch Logs, whose answers are AWS's own."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from jobqueue.aws.service import LOGS, BegunCalls
from jobqueue.cloudwatch.errors import LogGroupError
from jobqueue.cloudwatch.job_logs import CloudWatchJobLogs
from jobqueue.cloudwatch.settings import JobLogSettings
from jobqueue.line_writer import LineWriter
from jobqueue.messages.job_id import job_log_stream

from .conftest import calls_to


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Counted:
    """The port of calls, and how many there were of each."""

    def __init__(self, inner: BegunCalls) -> None:
        self._inner = inner
        self.count: Counter[str] = Counter()

    def call(self, operation: str, parameters: Any, *, seconds: float | None = None) -> dict[str, Any]:
        self.count[operation] += 1
        return self._inner.call(operation, parameters, seconds=seconds)

    def begin(self, operation: str, parameters: Any, then: Any, *, seconds: float | None = None) -> None:
        self.count[operation] += 1
        self._inner.begin(operation, parameters, then, seconds=seconds)


@pytest.fixture
def calls(endpoint: str) -> Iterator[Counted]:
    empty = frozenset({"CreateLogGroup", "CreateLogStream", "DeleteLogGroup"})
    calls = Counted(calls_to(endpoint, replace(LOGS, empty=empty)))
    calls.call("CreateLogGroup", {"logGroupName": "/jobs"})
    calls.count.clear()
    yield calls
    calls.call("DeleteLogGroup", {"logGroupName": "/jobs"})


def job_logs(calls: Counted, group: str = "/jobs", lines: Any = None, **settings: Any) -> CloudWatchJobLogs:
    return CloudWatchJobLogs(
        calls,
        JobLogSettings(group, **settings),
        task="task-1",
        on_overflow=lambda count: None,
        on_undelivered=lambda count: None,
        lines=lines,
    )


def kept(calls: Counted, stream: str) -> list[str]:
    asked = {"logGroupName": "/jobs", "logStreamName": stream, "startFromHead": True}
    answer = calls.call("GetLogEvents", asked)
    return [json.loads(event["message"])["message"] for event in answer["events"]]


def run(logs: CloudWatchJobLogs, confirmation: Any, attempt: int, *steps: str) -> None:
    log = logs.open(confirmation.job, attempt)
    for step in steps:
        log.write("INFO", step)
    log.finish(confirmation)
    confirmation.wait()


def test_a_job_and_its_retry_are_read_back_from_one_stream(calls: Counted, new_job: Any, new_confirmation: Any) -> None:
    logs, job = job_logs(calls), new_job()
    run(logs, new_confirmation(job), 1, "started", "failed")
    assert calls.count == {"CreateLogStream": 1, "PutLogEvents": 1}
    run(logs, new_confirmation(job), 2, "started", "completed")
    assert calls.count == {"CreateLogStream": 1, "PutLogEvents": 2}
    logs.flush(1)
    assert kept(calls, job_log_stream(job.job_id)) == ["started", "failed", "started", "completed"]


def test_a_later_attempt_without_a_stream_and_a_first_with_one_both_append(
    calls: Counted, new_job: Any, new_confirmation: Any
) -> None:
    logs, job = job_logs(calls), new_job()
    run(logs, new_confirmation(job), 2, "second")
    run(logs, new_confirmation(job), 1, "redriven, received for the first time again")
    logs.flush(1)
    assert kept(calls, job_log_stream(job.job_id)) == ["second", "redriven, received for the first time again"]


def test_jobs_beyond_the_share_are_read_back_from_the_overflow_stream(
    calls: Counted, new_job: Any, new_confirmation: Any
) -> None:
    logs = job_logs(calls, job_log_streams_per_second=0.01, job_log_stream_wait_seconds=0.0)
    run(logs, new_confirmation(new_job()), 1, "own")
    run(logs, new_confirmation(new_job()), 1, "overflowed")
    logs.flush(1)
    streams = [
        stream["logStreamName"] for stream in calls.call("DescribeLogStreams", {"logGroupName": "/jobs"})["logStreams"]
    ]
    (overflow,) = [name for name in streams if name.startswith("job-streams-overflow/")]
    assert kept(calls, overflow) == ["overflowed"]


def test_a_group_that_does_not_exist_is_named_in_the_log_and_the_events_reach_stdout(
    calls: Counted, new_job: Any, new_confirmation: Any, caplog: pytest.LogCaptureFixture
) -> None:
    out = os.memfd_create("stdout")
    lines = LineWriter(str.encode, os.dup(out))
    logs = job_logs(calls, "/nowhere", lines, job_log_stream_wait_seconds=0.0, job_log_confirm_seconds=1.0)
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


def test_a_group_that_does_not_exist_is_told_at_start(calls: Counted) -> None:
    job_logs(calls).check().await_answer()
    with pytest.raises(LogGroupError, match=r"/nowhere: no such log group\. Check JOB_LOG_GROUP"):
        job_logs(calls, group="/nowhere").check().await_answer()
    assert calls.count.total() == 2
