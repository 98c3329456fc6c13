"""What CloudWatch does not confirm goes to stdout, marked and counted, and never fails a job."""

import logging
import threading
from typing import Any

import pytest

SOON: dict[str, float] = {"job_log_stream_wait_seconds": 0.0, "job_log_confirm_seconds": 1.0}
"""The shortest deadline there is."""


@pytest.mark.slow
@pytest.mark.parametrize("raw", [b"", b"<html>Sign in</html>", b"null", b"[]", b"{"])
def test_what_a_liar_took_is_on_stdout(new_desk: Any, server: Any, answer: Any, raw: bytes) -> None:
    server.choose = lambda operation: answer(raw=raw) if operation == "PutLogEvents" else None
    desk = new_desk(**SOON)
    done = desk.run("one", "two")
    done.wait()
    lines = desk.undelivered()
    assert [(line["message"], line["job_log_undelivered"]) for line in lines] == [("one", True), ("two", True)]
    assert all(line["jobId"] == done.job.job_id for line in lines)
    assert desk.lost.total == 2


@pytest.mark.slow
def test_a_late_answer_changes_nothing_and_no_other_job_waited_for_it(
    new_desk: Any, server: Any, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    released = threading.Event()
    server.will("PutLogEvents", answer(released=released))
    desk = new_desk(**SOON)
    hung = desk.run("hung")
    assert [server.next_call()[0] for _ in range(2)] == ["CreateLogStream", "PutLogEvents"]
    desk.run("healthy").wait()
    assert not hung.came
    hung.wait()
    assert [line["message"] for line in desk.undelivered()] == ["hung"]
    released.set()
    desk.run("after it").wait()
    assert (hung.calls, desk.lost.total, caplog.records) == (1, 1, [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "says"),
    [("ResourceNotFoundException", "JOB_LOG_GROUP"), ("AccessDeniedException", "logs:CreateLogStream")],
)
def test_a_missing_group_or_permission_is_said_once_a_minute_and_tried_until_the_deadline(
    new_desk: Any, server: Any, answer: Any, caplog: pytest.LogCaptureFixture, code: str, says: str
) -> None:
    server.choose = lambda operation: answer(code)
    desk = new_desk(**SOON)
    with caplog.at_level(logging.WARNING):
        desk.run("one").wait()
    said = [record.getMessage() for record in caplog.records if "job log" in record.getMessage()]
    assert len(said) == 1
    assert says in said[0]
    assert "/jobs/test" in said[0]
    assert len(server.calls) > 1
    assert desk.lost.total == 1


def test_rejected_events_go_to_stdout_and_the_others_are_kept(new_desk: Any, server: Any, answer: Any) -> None:
    server.will("PutLogEvents", answer(body={"rejectedLogEventsInfo": {"tooOldLogEventEndIndex": 1}}))
    desk = new_desk()
    desk.run("old", "young").wait()
    assert [line["message"] for line in desk.undelivered()] == ["old"]
    assert desk.lost.total == 1


def test_a_batch_that_cloudwatch_will_never_take_goes_to_stdout_at_once_and_is_told(
    new_desk: Any, server: Any, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server.will("PutLogEvents", answer("InvalidParameterException"))
    desk = new_desk()
    desk.run("one").wait()
    assert [line["message"] for line in desk.undelivered()] == ["one"]
    assert "InvalidParameterException" in caplog.text


def test_an_event_after_the_end_goes_to_stdout(new_desk: Any, new_job: Any, new_confirmation: Any) -> None:
    desk, job = new_desk(), new_job()
    log = desk.logs.open(job, 1)
    log.write("INFO", "one")
    done = new_confirmation(job)
    log.finish(done)
    log.write("INFO", "from a thread that the handler left behind")
    done.wait()
    desk.lost.wait()
    assert [line["message"] for line in desk.undelivered()] == ["from a thread that the handler left behind"]


def test_a_then_that_raises_does_not_keep_others_from_being_called(
    new_desk: Any, new_job: Any, caplog: pytest.LogCaptureFixture
) -> None:
    desk = new_desk(job_log_shippers=1)
    log = desk.logs.open(new_job(), 1)
    log.write("INFO", "one")

    def then() -> None:
        raise RuntimeError("a defect")

    log.finish(then)
    desk.run("two").wait()
    assert "a defect" in caplog.text


def test_an_event_that_is_too_long_for_a_line_is_shortened_and_stays_marked(
    new_desk: Any, server: Any, answer: Any
) -> None:
    server.will("PutLogEvents", answer("InvalidParameterException"))
    desk = new_desk()
    desk.run("x" * 900_000).wait()
    (line,) = desk.undelivered()
    assert line["job_log_undelivered"] is True
    assert line["cut"] == "message"
