"""Jobs that get no stream of their own share the task's overflow stream."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from jobqueue.cloudwatch.overflow import Overflow
from jobqueue.messages.job_id import job_log_stream
from jobqueue.testing import ManualClock


def overflow_stream(clock: ManualClock | None) -> str:
    now = datetime.now(UTC) if clock is None else datetime.fromtimestamp(clock.wall_ms() / 1000, UTC)
    return f"job-streams-overflow/{now:%Y-%m-%d}/task-1"


def test_a_job_waits_for_its_turn_and_then_gets_its_own_stream(new_desk: Any, server: Any, clock: ManualClock) -> None:
    desk = new_desk(clock, job_log_streams_per_second=1.0, job_log_confirm_seconds=600.0)
    first = desk.run("one")
    first.wait()
    second, third = desk.run("two"), desk.run("three")  # the shippers ask for their turns in any order
    assert not second.came
    assert not third.came
    second.wait_while_time_passes(clock, 1)
    third.wait_while_time_passes(clock, 1)
    assert set(server.streams) == {job_log_stream(job.job.job_id) for job in (first, second, third)}
    assert desk.overflowed.total == 0


def test_a_waiting_job_does_not_occupy_a_shipper(new_desk: Any, server: Any, clock: ManualClock, new_job: Any) -> None:
    desk = new_desk(clock, job_log_streams_per_second=1.0, job_log_shippers=1)
    first = new_job()
    desk.run("one", job=first).wait()
    waiting = desk.run("two")
    desk.run("three", job=first, attempt=2).wait()  # needs no new stream
    assert not waiting.came


def test_jobs_beyond_the_share_overflow_and_share_their_calls(new_desk: Any, server: Any, clock: ManualClock) -> None:
    desk = new_desk(clock, job_log_streams_per_second=1.0, job_log_stream_wait_seconds=0.0, job_log_shippers=1)
    own = desk.run("own")
    overflowing = [desk.run("one", "two") for _ in range(20)]
    own.wait()
    last_in_line = desk.run("x", attempt=2, job=own.job)  # the only shipper has met all jobs before it
    last_in_line.wait()
    clock.advance(0.25)
    for job in overflowing:
        job.wait()
    stream = overflow_stream(clock)
    events = server.events(stream)
    assert [operation for operation, name in server.calls if name == stream] == ["CreateLogStream", "PutLogEvents"]
    for job in overflowing:
        assert [event["message"] for event in events if event["jobId"] == job.job.job_id] == ["one", "two"]
        assert job.calls == 1
    assert desk.overflowed.total == 40
    assert desk.lost.total == 0


def test_a_throttled_create_overflows_at_once_and_nobody_creates_for_a_second(
    new_desk: Any, server: Any, answer: Any, clock: ManualClock
) -> None:
    server.will("CreateLogStream", answer("ThrottlingException"))
    desk = new_desk(clock, job_log_stream_wait_seconds=0.5)
    first = desk.run("one")
    assert server.next_call()[0] == "CreateLogStream"
    desk.overflowed.wait()
    clock.advance(0.4)
    first.wait()
    second = desk.run("two")  # 0.6 s are left of the pause: more than it may wait
    second.wait_while_time_passes(clock, 0.25)
    assert server.steps(overflow_stream(clock)) == ["one", "two"]
    assert list(server.streams) == [overflow_stream(clock)]


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
    assert server.steps(overflow_stream(None)) == ["one", "two"]
    assert list(server.streams) == [overflow_stream(None)]
    assert desk.overflowed.total == 2


def test_the_overflow_stream_is_made_again_and_again_until_it_exists(new_desk: Any, server: Any, answer: Any) -> None:
    server.will("CreateLogStream", *[answer("ThrottlingException")] * 2)
    desk = new_desk()
    desk.run("one").wait()
    assert server.steps(overflow_stream(None)) == ["one"]
    assert desk.lost.total == 0


def test_a_new_day_has_a_new_overflow_stream(clock: ManualClock) -> None:
    clock = ManualClock(wall_ms=1_767_311_999_000)
    overflow = Overflow("host:1*", clock)
    before = overflow.stream()
    assert overflow.stream() is before
    clock.advance(2)
    assert [before.name, overflow.stream().name] == [
        "job-streams-overflow/2026-01-01/host-1-",
        "job-streams-overflow/2026-01-02/host-1-",
    ]


def test_the_overflow_stream_needs_a_name(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="task"):
        Overflow("", clock)


def test_overflowing_events_of_a_job_given_up_do_not_hold_up_the_others(
    new_desk: Any, server: Any, answer: Any, clock: ManualClock, new_job: Any
) -> None:
    released = threading.Event()
    desk = new_desk(clock, job_log_streams_per_second=0.01, job_log_stream_wait_seconds=0.0, job_log_linger_seconds=0.1)
    desk.run("takes the only turn").wait()
    while not server.arrived.empty():
        server.arrived.get()
    server.will("CreateLogStream", answer(released=released))
    desk.logs.open(new_job(), 1).write("INFO", "still running, and before it in the buffer")
    clock.advance(0.1)
    desk.overflowed.wait(1)
    given_up = desk.run("old")
    desk.overflowed.wait(2)
    clock.advance(0.25)
    assert server.next_call() == ("CreateLogStream", overflow_stream(clock))
    clock.advance(20)
    healthy = desk.run("young")
    clock.advance(10.1)
    given_up.wait()
    assert [event["message"] for event in desk.undelivered()] == ["old"]
    assert not healthy.came
    released.set()
    healthy.wait_while_time_passes(clock, 0.25)
    assert server.steps(overflow_stream(clock)) == ["still running, and before it in the buffer", "young"]
    assert given_up.calls == healthy.calls == 1
