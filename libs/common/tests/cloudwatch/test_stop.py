"""The stop ships what it can in its time, and settles every job."""

import threading
from typing import Any

import pytest

from jobqueue.messages.job_id import job_log_stream


def test_a_flush_ships_what_lingers(new_desk: Any, server: Any, new_job: Any) -> None:
    desk, job = new_desk(), new_job()
    desk.logs.open(job, 1).write("INFO", "the handler was still at it")
    desk.logs.flush(10)
    assert server.steps(job_log_stream(job.job_id)) == ["the handler was still at it"]
    assert desk.lost.total == 0


def test_a_server_that_hangs_costs_the_flush_its_deadline_and_no_job_its_end(
    new_desk: Any, server: Any, answer: Any, new_job: Any
) -> None:
    released = threading.Event()
    server.choose = lambda operation: answer(released=released)
    desk = new_desk()
    finished = [desk.run("one"), desk.run("two")]
    desk.logs.open(new_job(), 1).write("INFO", "running")
    server.next_call()
    assert not any(job.came for job in finished)
    desk.logs.flush(0.2)
    assert [job.calls for job in finished] == [1, 1]
    assert sorted(line["message"] for line in desk.undelivered()) == ["one", "running", "two"]
    released.set()
    desk.run().wait()  # behind the late answers
    assert [job.calls for job in finished] == [1, 1]


def test_after_the_stop_a_log_still_answers(new_desk: Any, new_job: Any, new_confirmation: Any) -> None:
    desk, job = new_desk(), new_job()
    log = desk.logs.open(job, 1)
    desk.logs.flush(1)
    log.write("INFO", "late")
    done = new_confirmation(job)
    log.finish(done)
    done.wait()
    assert [line["message"] for line in desk.undelivered()] == ["late"]
    assert desk.lost.total == 1
    desk.logs.flush(1)


@pytest.mark.slow
def test_a_stdout_that_is_stuck_holds_no_stop(new_desk: Any, server: Any, answer: Any) -> None:
    stuck = threading.Event()
    server.choose = lambda operation: answer("InternalFailure", 500)
    desk = new_desk()
    desk.lines.write = lambda line, at_once: stuck.wait(10)
    done = desk.run("one")
    desk.logs.flush(0.1)
    assert done.calls == 1
    stuck.set()


@pytest.mark.slow
def test_a_retry_that_was_planned_for_later_happens_at_the_stop(new_desk: Any, server: Any, answer: Any) -> None:
    desk = new_desk(job_log_shippers=1, job_log_confirm_seconds=600.0)
    server.will("PutLogEvents", *[answer("InternalFailure", 500)] * 6)  # the seventh try comes seconds later
    failed = desk.run("one")
    for _ in range(7):
        server.next_call()
    desk.logs.flush(10)
    assert failed.calls == 1
    assert desk.lost.total == 0
