"""Whole workers whose queue holds suspects: each runs alone, nothing is lost, and receiving goes on afterwards."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from threading import Event, Lock
from typing import Any

import pytest

from jobqueue import Context, HandlerOptions, JobCatalogue
from jobqueue.consumer import consumer as module
from jobqueue.consumer.suspects import GUILTY_AFTER, SUSPECT_AFTER, TRIAL_AFTER, WORKER_LOST
from jobqueue.messages.dead_letter import REASON, RECEIVE_COUNT
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.history import HISTORY, History
from jobqueue.messages.job_id import new_job_id
from jobqueue.testing import InMemoryQueue, RecordingJobLogs

from .workbench import WAIT_SECONDS, Worker, put_jobs, quick, recorded


@pytest.fixture(autouse=True)
def short_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.005)
    monkeypatch.setattr(module, "DRAIN_TICK_SECONDS", 0.002)


def put_with(queue: InMemoryQueue, history: History, job_type: str) -> str:
    job_id = new_job_id()
    body = {"jobId": job_id, "jobType": job_type, "version": 1, "data": {}}
    queue.put(json.dumps(body), {HISTORY: Attribute(history.write())})
    return job_id


def lost(times: int, *, trial: int = 0) -> History:
    now_ms = time.time_ns() // 1_000_000
    return History(message_id="m-1", sent_ms=now_ms, receives=times, lost=times, trial=trial)


class Company:
    """A handler that knows who runs beside it. `met` is true once a suspect ran beside anybody."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: list[str] = []
        self.met = False
        self.done = 0

    def __call__(self, data: dict[str, Any], context: Context) -> None:
        with self._lock:
            self._running.append(context.type)
            self.met |= "suspect" in self._running and len(self._running) > 1
        time.sleep(0.002)
        with self._lock:
            self._running.remove(context.type)
            self.done += 1


@pytest.mark.slow
@pytest.mark.parametrize("history", [lost(SUSPECT_AFTER), lost(TRIAL_AFTER, trial=1)], ids=["suspects", "on trial"])
def test_suspects_run_alone_and_everybody_is_done(history: History) -> None:
    company = Company()
    with Worker(
        JobCatalogue({"suspect": company, "work": company}), policy=quick(max_polls=3, poll_wait_seconds=1)
    ) as worker:
        for _ in range(3):
            put_jobs(worker.queue, 15)
            put_with(worker.queue, history, "suspect")
            put_with(worker.queue, history, "suspect")
        worker.queue.wait_until_empty(30)
        assert worker.drained() == 0
        assert worker.slots == (0, 0)
        assert len(worker.dead_letters) == 0
    assert (company.done, company.met) == (51, False)


def test_who_was_lost_on_trial_is_dead_lettered_without_a_run_and_its_log_says_why() -> None:
    logs = RecordingJobLogs()
    queue = InMemoryQueue()
    job_id = put_with(queue, lost(TRIAL_AFTER, trial=GUILTY_AFTER), "poison")
    queue.receive(1, 0)  # by a worker that was lost with it
    [kept] = queue.stored()
    queue._store.change_visibility(f"{queue.name}/1/1", 0, time.monotonic())
    assert kept.receive_count == 1

    def never(data: dict[str, Any], context: Context) -> None:
        raise AssertionError

    with Worker(JobCatalogue({"poison": never}), queue=queue, job_logs=logs) as worker:
        worker.queue.wait_until_empty()
        assert worker.drained() == 0
        assert worker.slots == (0, 0)
        [letter] = worker.dead_letters.stored()
    assert letter.attributes[REASON].value == WORKER_LOST
    assert letter.attributes["jobId"].value == job_id
    assert letter.attributes[RECEIVE_COUNT].value == str(TRIAL_AFTER + 2)
    assert HISTORY not in letter.attributes
    assert [event["reason"] for event in recorded(logs, "job.failed")] == [WORKER_LOST]


@pytest.fixture
def go_on() -> Iterator[Event]:
    event = Event()
    yield event
    event.set()


def test_a_suspect_that_hangs_does_not_keep_the_others_waiting(go_on: Event) -> None:
    def hang(data: dict[str, Any], context: Context) -> None:
        go_on.wait(WAIT_SECONDS)

    def fine(data: dict[str, Any], context: Context) -> None:
        """Returns."""

    catalogue = JobCatalogue({"suspect": HandlerOptions(hang, timeout_seconds=1.0), "work": fine})
    with Worker(catalogue) as worker:
        put_with(worker.queue, lost(SUSPECT_AFTER), "suspect")
        worker.observer.wait_for_count("attempt")
        put_jobs(worker.queue, 5)
        worker.observer.wait_for_count("settled", 5)
        go_on.set()
