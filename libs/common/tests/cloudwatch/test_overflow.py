"""Jobs that get no stream of their own share the task's overflow stream."""

from datetime import UTC, datetime
from typing import Any

import pytest

from jobqueue.cloudwatch.overflow import overflow_stream


def todays() -> str:
    return f"job-streams-overflow/{datetime.now(UTC):%Y-%m-%d}/task-1"


def test_jobs_beyond_the_share_overflow_and_share_their_calls(new_desk: Any, server: Any) -> None:
    desk = new_desk(job_log_streams_per_second=0.01, job_log_stream_wait_seconds=0.0)
    desk.run("own").wait()
    overflowing = [desk.run("one", "two") for _ in range(20)]
    for job in overflowing:
        job.wait()
    events = server.events(todays())
    for job in overflowing:
        assert [event["message"] for event in events if event["jobId"] == job.job.job_id] == ["one", "two"]
        assert job.calls == 1
    assert len([stream for _, stream in server.calls if stream == todays()]) < 20
    assert desk.overflowed.total == 40
    assert desk.lost.total == 0


def test_a_job_that_overflowed_writes_there_until_it_ends(
    new_desk: Any, server: Any, answer: Any, new_job: Any, new_confirmation: Any
) -> None:
    server.will("CreateLogStream", answer("ThrottlingException"))
    desk, job = new_desk(job_log_linger_seconds=0.1), new_job()
    log = desk.logs.open(job, 1)
    log.write("INFO", "one")
    calls = [server.next_call() for _ in range(3)]
    assert [operation for operation, _ in calls] == ["CreateLogStream", "CreateLogStream", "PutLogEvents"]
    log.write("INFO", "two")
    done = new_confirmation(job)
    log.finish(done)
    done.wait()
    assert server.steps(todays()) == ["one", "two"]
    assert list(server.streams) == [todays()]
    assert desk.overflowed.total == 2


def test_the_overflow_stream_is_made_again_and_again_until_it_exists(new_desk: Any, server: Any, answer: Any) -> None:
    server.will("CreateLogStream", *[answer("ThrottlingException")] * 2)
    desk = new_desk()
    desk.run("one").wait()
    assert server.steps(todays()) == ["one"]
    assert desk.lost.total == 0


def test_a_days_overflow_stream_is_named_by_day_and_task() -> None:
    assert overflow_stream("host:1*", 1_767_311_999_000) == "job-streams-overflow/2026-01-01/host-1-"
    assert overflow_stream("host:1*", 1_767_312_001_000) == "job-streams-overflow/2026-01-02/host-1-"


def test_the_overflow_stream_needs_a_name() -> None:
    with pytest.raises(ValueError, match="task"):
        overflow_stream("", 0)
