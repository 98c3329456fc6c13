"""The stop ships what it can in its time, and settles every job."""

import threading
from typing import Any

from jobqueue.messages.job_id import job_log_stream
from jobqueue.testing import ManualClock


def threads_of_ours() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("job-log-")]


def test_a_flush_ships_what_lingers_and_leaves_no_thread(new_desk: Any, server: Any, new_job: Any) -> None:
    desk, job = new_desk(), new_job()
    desk.logs.open(job, 1).write("INFO", "the handler was still at it")
    desk.logs.flush(10)
    assert server.steps(job_log_stream(job.job_id)) == ["the handler was still at it"]
    assert desk.lost.total == 0
    assert threads_of_ours() == []


def test_a_flush_of_nothing_returns_at_once(new_desk: Any) -> None:
    new_desk().logs.flush(10)
    assert threads_of_ours() == []


def test_jobs_that_wait_for_their_turn_go_to_the_overflow_stream_at_the_stop(
    new_desk: Any, server: Any, clock: ManualClock
) -> None:
    desk = new_desk(clock, job_log_streams_per_second=1.0, job_log_shippers=1)
    first = desk.run("one")
    waiting = [desk.run(step) for step in ("two", "three")]
    desk.run("x", attempt=2, job=first.job).wait()  # the only shipper has met those before it
    desk.logs.flush(10)
    assert [job.calls for job in waiting] == [1, 1]
    (name,) = [name for name in server.streams if name.startswith("job-streams-overflow/")]
    assert sorted(server.steps(name)) == ["three", "two"]


def test_a_server_that_hangs_costs_the_flush_its_deadline_and_no_job_its_end(
    new_desk: Any, server: Any, answer: Any, clock: ManualClock, new_job: Any
) -> None:
    released = threading.Event()
    server.choose = lambda operation: answer(released=released)
    desk = new_desk(clock)
    finished = [desk.run("one"), desk.run("two")]
    running = desk.logs.open(new_job(), 1)
    running.write("INFO", "running")
    server.next_call()
    stop = threading.Thread(target=desk.logs.flush, args=(10,))
    stop.start()
    clock.await_waiters(2)  # the timer and the flush
    assert not any(job.came for job in finished)
    clock.advance(10)
    stop.join(10)
    assert not stop.is_alive()
    assert [job.calls for job in finished] == [1, 1]
    assert sorted(line["message"] for line in desk.undelivered()) == ["one", "running", "two"]
    calls = len(server.calls)
    released.set()
    for thread in threading.enumerate():
        if thread.name.startswith("job-log-"):
            thread.join(10)
    assert threads_of_ours() == []
    assert len(server.calls) == calls
    assert [job.calls for job in finished] == [1, 1]


def test_after_the_stop_a_log_still_answers(new_desk: Any, new_job: Any, new_confirmation: Any) -> None:
    desk, job = new_desk(), new_job()
    log = desk.logs.open(job, 1)
    desk.logs.flush(1)
    log.write("INFO", "late")
    done = new_confirmation(job)
    log.finish(done)
    assert done.calls == 1
    assert [line["message"] for line in desk.undelivered()] == ["late"]
    desk.logs.flush(1)


def test_a_retry_that_was_planned_for_later_happens_at_the_stop(
    new_desk: Any, server: Any, answer: Any, clock: ManualClock
) -> None:
    desk = new_desk(clock, job_log_shippers=1)
    server.will("PutLogEvents", answer("InternalFailure", 500))
    failed = desk.run("one")
    desk.run("two").wait()  # the only shipper has planned the retry by now
    desk.logs.flush(10)
    assert failed.calls == 1
    assert desk.lost.total == 0
