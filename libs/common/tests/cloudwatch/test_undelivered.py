"""What CloudWatch does not confirm goes to stdout, marked and counted, and never fails a job."""

import io
import logging
import threading
from typing import Any

import pytest

from jobqueue.cloudwatch.undelivered import Undelivered
from jobqueue.messages.job_id import job_log_stream
from jobqueue.testing import ManualClock


def test_events_unconfirmed_at_the_deadline_go_to_stdout_and_then_the_job_is_settled(
    new_desk: Any, server: Any, answer: Any, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    released = threading.Event()
    server.will("PutLogEvents", answer(released=released))
    desk = new_desk(clock, job_log_confirm_seconds=30.0, job_log_shippers=1)
    done = desk.run("one", "two")
    assert [server.next_call()[0] for _ in range(2)] == ["CreateLogStream", "PutLogEvents"]
    clock.advance(29.9)
    assert not done.came
    clock.advance(0.1)
    done.wait()
    lines = desk.undelivered()
    assert [(line["message"], line["job_log_undelivered"]) for line in lines] == [("one", True), ("two", True)]
    assert all(line["jobId"] == done.job.job_id for line in lines)
    assert desk.lost.total == 2
    released.set()
    desk.run("by the only shipper, after the late answer").wait()
    assert done.calls == 1
    assert caplog.records == []
    assert desk.lost.total == 2


@pytest.mark.parametrize(
    ("code", "says"),
    [("ResourceNotFoundException", "JOB_LOG_GROUP"), ("AccessDeniedException", "logs:CreateLogStream")],
)
def test_a_missing_group_or_permission_is_said_once_a_minute_and_tried_until_the_deadline(
    new_desk: Any,
    server: Any,
    answer: Any,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
    code: str,
    says: str,
) -> None:
    server.choose = lambda operation: answer(code)
    desk = new_desk(clock)
    with caplog.at_level(logging.WARNING):
        done = desk.run("one")
        done.wait_while_time_passes(clock, 0.5)
    said = [record.getMessage() for record in caplog.records if "job log" in record.getMessage()]
    assert len(said) == 1
    assert says in said[0]
    assert "/jobs/test" in said[0]
    assert len(server.calls) > 1
    assert desk.lost.total == 1


def test_rejected_events_go_to_stdout_and_the_others_are_kept(
    new_desk: Any, server: Any, answer: Any, new_job: Any
) -> None:
    server.will("PutLogEvents", answer(body={"rejectedLogEventsInfo": {"tooOldLogEventEndIndex": 1}}))
    desk = new_desk()
    done = desk.run("old", "young")
    done.wait()
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


def test_a_full_buffer_makes_a_writer_wait_two_seconds_and_then_its_event_goes_to_stdout(
    new_desk: Any, server: Any, answer: Any, clock: ManualClock, new_job: Any
) -> None:
    released = threading.Event()
    server.will("PutLogEvents", answer(released=released))
    desk = new_desk(clock, job_log_buffer_bytes=8_388_608)
    log = desk.logs.open(new_job(), 1)
    for _ in range(9):
        log.write("INFO", "x" * 900_000)
    writer = threading.Thread(target=log.write, args=("INFO", "last" + "x" * 900_000))
    writer.start()
    clock.await_waiters()
    assert writer.is_alive()
    clock.advance(2)
    writer.join(10)
    (line,) = desk.undelivered()
    assert line["message"].startswith("last")
    released.set()


def test_a_full_buffer_ships_what_would_have_lingered(new_desk: Any, clock: ManualClock, new_job: Any) -> None:
    desk = new_desk(clock, job_log_buffer_bytes=8_388_608, job_log_batch_bytes=1_048_576)
    for _ in range(12):
        desk.logs.open(new_job(), 1).write("INFO", "x" * 900_000)  # would block for ever: this clock stands still
    assert desk.lost.total == 0


def test_a_writer_goes_on_as_soon_as_there_is_room(
    new_desk: Any, server: Any, answer: Any, clock: ManualClock, new_job: Any, new_confirmation: Any
) -> None:
    released = threading.Event()
    server.will("PutLogEvents", answer(released=released))
    desk, job = new_desk(clock, job_log_buffer_bytes=8_388_608), new_job()
    log = desk.logs.open(job, 1)
    for _ in range(9):
        log.write("INFO", "x" * 900_000)
    writer = threading.Thread(target=log.write, args=("INFO", "last" + "x" * 900_000))
    writer.start()
    clock.await_waiters()
    released.set()
    writer.join(10)
    done = new_confirmation(job)
    log.finish(done)
    done.wait()
    assert server.steps(job_log_stream(job.job_id))[-1].startswith("last")
    assert desk.undelivered() == []


def test_an_event_after_the_end_goes_to_stdout(new_desk: Any, new_job: Any, new_confirmation: Any) -> None:
    desk, job = new_desk(), new_job()
    log = desk.logs.open(job, 1)
    log.write("INFO", "one")
    done = new_confirmation(job)
    log.finish(done)
    log.write("INFO", "from a thread that the handler left behind")
    done.wait()
    assert desk.lost.total == 1


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


def test_a_stdout_that_is_gone_is_no_error() -> None:
    gone = io.StringIO()
    counted: list[int] = []
    gone.close()
    Undelivered(counted.append, gone).write(['{"n":1}'])
    assert counted == [1]


def test_stdout_is_the_one_of_the_moment(capsys: pytest.CaptureFixture[str]) -> None:
    Undelivered(lambda count: None).write(['{"n":1}', '{"n":2}'])
    assert capsys.readouterr().out == '{"n":1,"job_log_undelivered":true}\n{"n":2,"job_log_undelivered":true}\n'
