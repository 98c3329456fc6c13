"""The watchdog: handlers that hang, and workers that have to be replaced."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from threading import Event
from typing import Any

import pytest

from jobqueue.consumer.context import Context
from jobqueue.consumer.routes import Routes, Senders
from jobqueue.consumer.runs import Run
from jobqueue.consumer.watchdog import CANCEL_SECONDS, Watchdog
from jobqueue.messages.job import Job
from jobqueue.testing import RecordingJobLogs, RecordingObserver

from .workbench import WAIT_SECONDS, a_delivery, a_job_id


def a_run(timeout: float = 10, started: float = 0.0) -> Run:
    job = Job(a_job_id(), "order-17", "work", {}, {})
    delivery = a_delivery()
    context = Context(
        job,
        delivery,
        log=RecordingJobLogs().open(job, 1),
        senders=Senders({}, Routes()),
        headers=lambda destination, job: {},
        deadline=time.monotonic(),
        stopping=lambda: False,
        settings=None,
        resources=None,
    )
    return Run(delivery, job, context, started, timeout)


class Watching:
    def __init__(self, slots: int = 3) -> None:
        self.abandoned: list[Run] = []
        self.observer = RecordingObserver()
        self.watchdog = Watchdog(slots=slots, observer=self.observer, abandon=self.abandoned.append)


@pytest.fixture
def watching() -> Watching:
    return Watching()


def test_a_handler_within_its_timeout_is_left_alone(watching: Watching) -> None:
    run = a_run()
    assert watching.watchdog.look([run], 9.9) is None
    assert not run.stuck
    assert not run.context.timed_out
    assert watching.watchdog.stuck == 0


def test_a_handler_past_its_timeout_is_told_left_to_lapse_and_counted_once(
    watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    run = a_run()
    for now in (10, 11, 12):
        assert watching.watchdog.look([run], now) is None
    assert run.context.timed_out
    assert run.context.should_stop
    assert watching.abandoned == [run]
    assert [fact.seconds for fact in watching.observer.named("stuck")] == [10]
    assert watching.watchdog.stuck == 1
    assert len([record for record in caplog.records if "job hangs" in record.message]) == 1


def test_the_line_about_it_shows_where_the_handler_is(watching: Watching, caplog: pytest.LogCaptureFixture) -> None:
    begun, go_on, runs = Event(), Event(), []

    def wait_for_the_printer() -> None:
        runs.append(a_run())
        begun.set()
        go_on.wait(WAIT_SECONDS)

    thread = threading.Thread(target=wait_for_the_printer, daemon=True)
    thread.start()
    assert begun.wait(WAIT_SECONDS)
    with caplog.at_level(logging.ERROR):
        watching.watchdog.look(runs, 10)
    go_on.set()
    [record] = caplog.records
    line: Any = record
    assert "wait_for_the_printer" in line.stack
    assert (line.jobId, line.jobType, line.correlationId) == (runs[0].job.job_id, "work", "order-17")
    assert (line.event, line.attempt, line.seconds) == ("job.hung", 1, 10)


@pytest.mark.parametrize("has_log", [True, False])
def test_an_attempt_that_has_no_log_of_its_own_is_told_once_when_it_runs_for_a_while(
    has_log: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watchdog = Watchdog(slots=3, observer=RecordingObserver(), abandon=lambda _: None, logs_starts=not has_log)
    run = a_run()
    for now in (0.5, 1.9, 2.5, 3.5):
        watchdog.look([run], now)
    told: list[Any] = [record for record in caplog.records if getattr(record, "event", "") == "job.started"]
    assert [(one.jobId, one.attempt, one.seconds) for one in told] == ([] if has_log else [(run.job.job_id, 1, 2.5)])


def test_an_async_handler_is_cancelled_once(watching: Watching) -> None:
    run, cancelled = a_run(), []
    run.cancel = lambda: cancelled.append(True)
    watching.watchdog.look([run], 10)
    watching.watchdog.look([run], 11)
    assert cancelled == [True]


def test_async_handlers_that_time_out_together_are_no_reason_to_replace_the_worker_unless_they_do_not_end() -> None:
    watching = Watching(slots=2)
    runs = [a_run(timeout=1), a_run(timeout=1)]
    for run in runs:
        run.cancel = lambda: None
    assert watching.watchdog.look(runs, 1) is None
    assert watching.watchdog.stuck == 0
    assert watching.watchdog.look(runs, 2 + CANCEL_SECONDS) == "all 2 slots are stuck"


def test_a_worker_whose_slots_are_all_stuck_is_hopeless() -> None:
    watching = Watching(slots=2)
    first, second = a_run(), a_run(timeout=15)
    assert watching.watchdog.look([first, second], 10) is None
    assert watching.watchdog.look([first, second], 15) == "all 2 slots are stuck"


def test_a_worker_with_one_handler_at_twice_its_timeout_is_hopeless(watching: Watching) -> None:
    run = a_run()
    assert watching.watchdog.look([run], 19.9) is None
    said = watching.watchdog.look([run], 20)
    assert said is not None
    assert run.job.job_id in said


def test_a_handler_that_returned_after_all_is_forgotten(watching: Watching) -> None:
    run = a_run()
    watching.watchdog.look([run], 10)
    assert watching.watchdog.look([], 30) is None
    assert watching.watchdog.stuck == 0


COLLECTING = """
import gc, threading
from jobqueue.consumer.watchdog import _frame_of

class Local(threading.local):
    pass

gc.set_threshold(1)
for _ in range(50):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
for _ in range(1_000):
    local = Local()
    local.itself = local  # only the garbage collector frees it, and it takes the lock under which Python looks at the threads
    del local
    assert _frame_of(threading.main_thread().ident) is not None
"""


def test_a_look_at_a_hanging_handler_never_meets_the_garbage_collector() -> None:
    """In a process of its own: on Python 3.11 the whole process would hang."""
    subprocess.run([sys.executable, "-c", COLLECTING], check=True, timeout=100)
