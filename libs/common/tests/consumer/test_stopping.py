"""How a worker stops: nothing is dropped, what has not started goes back at once, and it ends in time."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from threading import Event
from typing import Any

import pytest

from jobqueue import Context, JobCatalogue
from jobqueue.consumer import consumer as module
from jobqueue.consumer.consumer import STOPPED_EXIT_CODE
from jobqueue.consumer.policy import StopPolicy
from jobqueue.messages.delivery import Delivery
from jobqueue.testing import InMemoryQueue, RecordingJobLogs

from .executing import fine
from .workbench import WAIT_SECONDS, Worker, quick
from .workbench import put_jobs as put


@pytest.fixture(autouse=True)
def short_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.005)
    monkeypatch.setattr(module, "DRAIN_TICK_SECONDS", 0.002)


class Blocking:
    """A handler that runs until the test says `go_on`."""

    def __init__(self) -> None:
        self.begun = Event()
        self.go_on = Event()

    def __call__(self, data: dict[str, Any], context: Context) -> None:
        self.begun.set()
        assert self.go_on.wait(WAIT_SECONDS)


class Late(InMemoryQueue):
    """A queue whose poll in flight comes back only when the worker stops: what it brings was handed out before."""

    def __init__(self) -> None:
        super().__init__()
        self.in_flight = Event()
        self.come_back = Event()

    def receive(self, max_messages: int, wait_seconds: int) -> Sequence[Delivery]:
        received = super().receive(max_messages, 0)
        self.in_flight.set()
        assert self.come_back.wait(WAIT_SECONDS)
        return received

    def stop(self, worker: Worker) -> int:
        """Stops the worker while the poll is in flight; the exit code."""
        assert self.in_flight.wait(WAIT_SECONDS)
        worker.consumer.drain()
        assert worker.draining.wait(WAIT_SECONDS)
        self.come_back.set()
        code = worker.end()
        self.in_flight.clear()
        self.come_back.clear()
        return code


def test_running_handlers_finish_and_are_settled_before_the_exit() -> None:
    handler = Blocking()
    with Worker(JobCatalogue({"work": handler})) as worker:
        put(worker.queue, 1)
        assert handler.begun.wait(WAIT_SECONDS)
        worker.consumer.drain()
        handler.go_on.set()
        assert worker.drained() == 0
        assert len(worker.queue) == 0
        assert worker.slots == (0, 0)
        assert worker.observer.named("drained")[0].count == 0


def test_being_told_to_drain_again_changes_nothing() -> None:
    handler = Blocking()
    with Worker(JobCatalogue({"work": handler})) as worker:
        put(worker.queue, 1)
        assert handler.begun.wait(WAIT_SECONDS)
        for _ in range(5):
            worker.consumer.drain()
        ticks = len(worker.protection.calls.all())
        worker.protection.calls.wait_for(lambda calls: len(calls) > ticks + 10)
        handler.go_on.set()
        assert worker.drained() == 0
        assert len(worker.queue) == 0


def test_what_a_poll_in_flight_brings_is_released_at_once() -> None:
    queue = Late()
    put(queue, 3)
    with Worker(JobCatalogue({"work": fine}), queue=queue) as worker:
        assert queue.stop(worker) == 0
        assert worker.observer.named("attempt") == []
        assert worker.slots == (0, 0)
    assert [(kept.receive_count, kept.visible_at <= time.monotonic()) for kept in queue.stored()] == [(0, True)] * 3


def test_a_message_that_twenty_stops_gave_back_is_at_its_first_attempt() -> None:
    queue = Late()
    put(queue, 1)
    for _ in range(20):
        with Worker(JobCatalogue({"work": fine}), queue=queue) as worker:
            assert queue.stop(worker) == 0
        assert [kept.receive_count for kept in queue.stored()] == [0]

    attempts: list[int] = []

    def handler(data: dict[str, Any], context: Context) -> None:
        attempts.append(context.attempt)

    queue.come_back.set()
    with Worker(JobCatalogue({"work": handler}), queue=queue) as worker:
        queue.wait_until_empty()
        assert worker.drained() == 0
        assert [fact.outcome.word for fact in worker.observer.named("settled") if fact.outcome] == ["done"]
        assert len(worker.dead_letters) == 0
    assert attempts == [1]


def test_a_second_signal_waits_for_no_handler() -> None:
    handler = Blocking()
    with Worker(JobCatalogue({"work": handler})) as worker:
        put(worker.queue, 1)
        assert handler.begun.wait(WAIT_SECONDS)
        worker.consumer.drain()
        worker.consumer.stop_now()
        assert worker.end() == STOPPED_EXIT_CODE
        handler.go_on.set()
        assert worker.observer.named("drained")[0].count == 1
        assert len(worker.queue) == 1


def test_a_first_signal_may_be_the_second_kind() -> None:
    with Worker(JobCatalogue({"work": fine})) as worker:
        worker.consumer.stop_now()
        assert worker.end() == STOPPED_EXIT_CODE


def test_what_still_runs_when_the_grace_period_ends_is_named_and_left(caplog: pytest.LogCaptureFixture) -> None:
    handler = Blocking()
    with Worker(JobCatalogue({"work": handler}), stop=StopPolicy(grace_seconds=0.05)) as worker:
        put(worker.queue, 1)
        assert handler.begun.wait(WAIT_SECONDS)
        worker.consumer.drain()
        assert worker.drained() == 0
        handler.go_on.set()
        assert worker.observer.named("drained")[0].count == 1
        [kept] = worker.queue.stored()
        assert kept.visible_at > time.monotonic(), "its lease is left to lapse"
    [record] = [record for record in caplog.records if "left running" in record.message]
    line: Any = record
    assert line.jobType == "work"
    assert line.jobId == json.loads(kept.body)["jobId"]
    assert line.seconds >= 0


def test_a_handler_that_ends_after_it_was_left_changes_nothing() -> None:
    handler = Blocking()
    with Worker(JobCatalogue({"work": handler}), stop=StopPolicy(grace_seconds=0)) as worker:
        put(worker.queue, 1)
        assert handler.begun.wait(WAIT_SECONDS)
        assert worker.drained() == 0
        handler.go_on.set()
        worker.observer.wait_for(lambda facts: any(fact.what == "left" for fact in facts))
        assert len(worker.queue) == 1
        assert worker.observer.named("settled") == []


def test_job_logs_are_flushed_before_the_outcomes_that_wait_for_them_are_settled() -> None:
    logs = RecordingJobLogs()
    logs.hold()
    with Worker(JobCatalogue({"work": fine}), job_logs=logs, stop=StopPolicy(job_log_flush_seconds=7)) as worker:
        put(worker.queue, 12)
        logs.events.wait_for(lambda events: [event.level for event in events].count("finish") == 12)
        assert len(worker.queue) == 12
        assert worker.drained() == 0
        assert len(worker.queue) == 0
        assert logs.flushes.all() == [7]
        assert worker.observer.named("drained")[0].count == 0


def test_a_queue_that_answers_no_more_is_given_up_when_the_budget_is_spent() -> None:
    with Worker(JobCatalogue({"work": fine}), stop=StopPolicy(settle_flush_seconds=0.1)) as worker:
        worker.queue.faults.fail("delete", times=10_000)
        put(worker.queue, 5)
        worker.observer.wait_for(lambda facts: [fact.what for fact in facts].count("left") == 5)
        assert worker.drained() == 0
        assert worker.observer.named("drained")[0].count == 5


def test_a_stop_before_the_first_receive_is_a_stop() -> None:
    worker = Worker(JobCatalogue({"work": fine}))
    worker.consumer.drain()
    with worker:
        assert worker.drained() == 0


def test_fifty_workers_that_stop_in_the_middle_of_their_work_lose_nothing_and_finish_what_they_began() -> None:
    chance = random.Random(7)
    queue = InMemoryQueue()
    put(queue, 400)
    seconds = 0.0
    for _ in range(50):
        with Worker(
            JobCatalogue({"work": fine}), queue=queue, policy=quick(poll_wait_seconds=0, max_polls=3)
        ) as worker:
            facts = chance.choice((0, 1, 7, 30))
            if len(queue):
                worker.observer.wait_for(lambda seen, facts=facts: len(seen) >= facts or not len(queue))  # type: ignore[misc]
            put(queue, 4)
            worker.consumer.drain()
            assert worker.end() == 0
            assert worker.slots == (0, 0)
            [drained] = worker.observer.named("drained")
            assert drained.count == 0
            ran = [fact.delivery for fact in worker.observer.named("attempt")]
            done = [
                fact.delivery
                for fact in worker.observer.named("settled")
                if fact.outcome and fact.outcome.word == "done"
            ]
            assert set(ran) == set(done)
            seconds += drained.seconds
    with Worker(JobCatalogue({"work": fine}), queue=queue) as worker:
        queue.wait_until_empty()
        assert worker.drained() == 0
    assert len(worker.dead_letters) == 0
    assert seconds < 50
