"""What a start learns of the job log's group, and what it does about it."""

import logging
import threading
from typing import Any

import pytest

from jobqueue.cloudwatch.errors import LogGroupError


def test_a_look_makes_the_overflow_stream_so_that_a_throttled_worker_has_one(
    new_desk: Any, server: Any, answer: Any
) -> None:
    desk = new_desk()
    desk.logs.check().await_answer()
    ((operation, stream),) = server.calls
    assert operation == "CreateLogStream"
    assert stream.startswith("job-streams-overflow/")

    server.choose = lambda operation: answer("ThrottlingException") if operation == "CreateLogStream" else None
    job = desk.run("no stream of its own")
    job.wait()
    assert server.steps(stream) == ["no stream of its own"]
    assert desk.lost.total == 0


def test_an_overflow_stream_that_exists_already_is_as_good(new_desk: Any, server: Any) -> None:
    desk = new_desk()
    desk.logs.check().await_answer()
    desk.logs.check().await_answer()
    assert len(server.calls) == 2


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "ResourceNotFoundException",
            "/jobs/test: no such log group. Check JOB_LOG_GROUP, the account and the Region.",
        ),
        (
            "AccessDeniedException",
            "The task role needs logs:CreateLogStream and logs:PutLogEvents on the streams of JOB_LOG_GROUP",
        ),
        ("ExpiredTokenException", "/jobs/test: the job log cannot be written."),
        ("InvalidParameterException", "/jobs/test: not a log group. Check JOB_LOG_GROUP."),
    ],
)
def test_a_group_that_no_job_could_write_to_stops_the_start(
    new_desk: Any, server: Any, answer: Any, code: str, said: str
) -> None:
    server.will("CreateLogStream", answer(code))
    with pytest.raises(LogGroupError) as refused:
        new_desk().logs.check().await_answer()
    assert said in str(refused.value)
    assert code in str(refused.value)


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("ServiceUnavailableException", 503)])
def test_a_service_that_is_busy_only_warns(
    new_desk: Any, server: Any, answer: Any, caplog: pytest.LogCaptureFixture, code: str, status: int
) -> None:
    server.will("CreateLogStream", answer(code, status))
    new_desk().logs.check().await_answer()
    (line,) = caplog.records
    assert line.levelno == logging.WARNING
    assert code in line.getMessage()
    assert "jobs begin all the same" in line.getMessage()


def test_a_service_that_does_not_answer_only_warns(
    new_desk: Any, server: Any, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    released = threading.Event()
    server.will("CreateLogStream", answer(released=released))
    new_desk().logs.check().await_answer(0.01)
    released.set()
    (line,) = caplog.messages
    assert line == "job log: no answer about log group /jobs/test within 0.01 s; jobs begin all the same"
