"""A whole worker over in-memory queues: it works, it proves that it lives, it finds what hangs."""

from __future__ import annotations

import asyncio
import math
import time
from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest

from jobqueue import Context, HandlerOptions, JobCatalogue
from jobqueue.consumer import consumer as module
from jobqueue.consumer import watchdog
from jobqueue.consumer.consumer import STUCK_EXIT_CODE
from jobqueue.consumer.policy import StopPolicy
from jobqueue.testing import RecordingHeartbeat
from jobqueue.testing.recording import Recording

from .executing import fine
from .workbench import WAIT_SECONDS, Worker, quick
from .workbench import put_jobs as put


@pytest.fixture(autouse=True)
def short_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.005)
    monkeypatch.setattr(module, "DRAIN_TICK_SECONDS", 0.002)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job may run for any multiple of its timeout: on a slow machine the first is at twice its own before the second is at its own."""
    monkeypatch.setattr(watchdog, "HOPELESS_FACTOR", math.inf)


def test_a_worker_does_what_its_queue_holds_and_holds_nothing_itself_afterwards() -> None:
    with Worker(JobCatalogue({"work": fine})) as worker:
        put(worker.queue, 57)
        worker.queue.wait_until_empty()
        assert worker.drained() == 0
        assert worker.slots == (0, 0)
        assert len(worker.observer.named("settled")) == 57


def test_failing_calls_cost_time_and_no_message() -> None:
    with Worker(JobCatalogue({"work": fine})) as worker:
        worker.queue.faults.fail("receive", times=2)
        worker.queue.faults.fail("delete", times=2)
        worker.queue.faults.fail_entries("delete", 0, 2)
        worker.queue.faults.fail("delete", took_effect=True)
        put(worker.queue, 40)
        worker.queue.wait_until_empty()
        assert worker.drained() == 0
        assert worker.slots == (0, 0)
        assert len(worker.observer.named("attempt")) == 40, "no handler runs again because of a settle call"


def test_it_beats_while_idle_and_while_its_handlers_are_busy() -> None:
    begun, go_on = Event(), Event()

    def busy(data: dict[str, Any], context: Context) -> None:
        begun.set()
        go_on.wait(WAIT_SECONDS)

    with Worker(JobCatalogue({"work": busy}), policy=quick(max_concurrency=1)) as worker:
        worker.heartbeat.wait_for_count(worker.heartbeat.count + 2)
        put(worker.queue, 2)
        assert begun.wait(WAIT_SECONDS)
        worker.heartbeat.wait_for_count(worker.heartbeat.count + 2)
        go_on.set()
        assert worker.drained() == 0


def test_it_does_not_beat_when_one_of_its_loops_stands_still() -> None:
    with Worker(JobCatalogue({"work": fine})) as worker:
        worker.heartbeat.wait_for_count(1)
        worker.consumer._poller.beats.append(time.monotonic() - 46)
        ticks = len(worker.protection.calls.all())
        worker.protection.calls.wait_for(lambda calls: len(calls) > ticks + 1)
        before = worker.heartbeat.count
        worker.protection.calls.wait_for(lambda calls: len(calls) > ticks + 10)
        assert worker.heartbeat.count == before
        assert worker.drained() == 0


def test_a_defect_of_the_platform_adapter_does_not_end_the_worker(caplog: pytest.LogCaptureFixture) -> None:
    class Defective(RecordingHeartbeat):
        def beat(self) -> None:
            super().beat()
            raise ZeroDivisionError

    worker = Worker(JobCatalogue({"work": fine}), heartbeat=Defective())
    with worker:
        worker.heartbeat.wait_for_count(worker.heartbeat.count + 2)
        put(worker.queue, 3)
        worker.queue.wait_until_empty()
        assert worker.drained() == 0
    assert "unexpected error in the consumer's main loop" in caplog.text


@pytest.mark.usefixtures("endless")
def test_the_gauges_show_slots_in_use_and_stuck() -> None:
    go_on = Event()

    def hang(data: dict[str, Any], context: Context) -> None:
        go_on.wait(WAIT_SECONDS)

    with Worker(JobCatalogue({"work": HandlerOptions(hang, timeout_seconds=0.1)})) as worker:
        assert worker.observer.slots_in_use() == 0
        put(worker.queue, 2)
        worker.observer.wait_for(lambda facts: [fact.what for fact in facts].count("stuck") == 2)
        assert worker.observer.slots_in_use() == 2
        worker.heartbeat.wait_for_count(worker.heartbeat.count + 2)
        assert worker.observer.slots_stuck() == 2
        go_on.set()


@pytest.mark.usefixtures("endless")
def test_a_worker_whose_slots_are_all_stuck_drains_and_says_replace_me(caplog: pytest.LogCaptureFixture) -> None:
    go_on, look = Event(), Event()
    told: Recording[tuple[bool, bool]] = Recording()

    def hang(data: dict[str, Any], context: Context) -> None:
        assert look.wait(WAIT_SECONDS)
        told.add((context.timed_out, context.should_stop))
        go_on.wait(WAIT_SECONDS)

    policy = quick(max_concurrency=2, job_timeout_seconds=0.1)
    with Worker(JobCatalogue({"work": hang}), policy=policy) as worker:
        put(worker.queue, 3)
        worker.observer.wait_for(lambda facts: [fact.what for fact in facts].count("stuck") == 2)
        look.set()
        assert told.wait_for(lambda seen: len(seen) == 2) == [(True, True)] * 2
        worker.queue.close()
        assert worker.end() == STUCK_EXIT_CODE
        go_on.set()
        assert worker.observer.named("drained")[0].count == 2
        assert len(worker.queue) == 3
    assert "all 2 slots are stuck" in caplog.text
    assert "job hangs" in caplog.text


def test_a_worker_with_one_job_at_twice_its_timeout_finishes_the_others_first() -> None:
    go_on, begun, finish = Event(), Event(), Event()

    def hang(data: dict[str, Any], context: Context) -> None:
        go_on.wait(WAIT_SECONDS)

    def slow(data: dict[str, Any], context: Context) -> None:
        begun.set()
        assert finish.wait(WAIT_SECONDS)
        assert context.stopping

    with Worker(JobCatalogue({"hang": HandlerOptions(hang, timeout_seconds=0.1), "slow": slow})) as worker:
        put(worker.queue, 1, "slow")
        assert begun.wait(WAIT_SECONDS)
        put(worker.queue, 1, "hang")
        assert worker.draining.wait(WAIT_SECONDS)
        finish.set()
        worker.queue.close()
        assert worker.end() == STUCK_EXIT_CODE
        go_on.set()
        [fact] = worker.observer.named("settled")
        assert fact.outcome is not None
        assert fact.outcome.word == "done"
        assert worker.observer.named("drained")[0].count == 1


def test_an_async_handler_past_its_timeout_is_cancelled_and_tried_again_while_the_worker_goes_on() -> None:
    async def hang(data: dict[str, Any], context: Context) -> None:
        await asyncio.Event().wait()

    with Worker(JobCatalogue({"hang": HandlerOptions(hang, timeout_seconds=0.1), "work": fine})) as worker:
        put(worker.queue, 1, "hang")
        facts = worker.observer.wait_for(lambda facts: any(fact.what == "settled" for fact in facts))
        assert [fact.outcome.word for fact in facts if fact.what == "settled" and fact.outcome] == ["retry"]
        put(worker.queue, 1, "work")
        worker.queue.wait_for(lambda queue: len(queue) == 1)
        assert worker.drained() == 0
        assert worker.slots == (0, 0)


def test_ten_async_handlers_that_time_out_together_are_tried_again_and_the_worker_goes_on() -> None:
    async def wait(data: dict[str, Any], context: Context) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)

    policy = quick(max_concurrency=10)
    with Worker(
        JobCatalogue({"wait": HandlerOptions(wait, timeout_seconds=0.1), "work": fine}), policy=policy
    ) as worker:
        put(worker.queue, 10, "wait")
        facts = worker.observer.wait_for_count("settled", 10)
        assert [fact.outcome.word for fact in facts if fact.outcome] == ["retry"] * 10
        put(worker.queue, 1, "work")
        worker.queue.wait_for(lambda queue: len(queue) == 10)
        assert worker.drained() == 0


def test_a_job_that_may_outlive_the_grace_period_is_protected_while_it_runs_and_no_longer() -> None:
    begun, go_on = Event(), Event()

    def long(data: dict[str, Any], context: Context) -> None:
        begun.set()
        go_on.wait(WAIT_SECONDS)

    policy = quick(protection_after_seconds=0, job_timeout_seconds=300)
    with Worker(JobCatalogue({"work": long}), policy=policy, stop=StopPolicy(grace_seconds=30)) as worker:
        worker.protection.calls.wait_for(lambda calls: len(calls) >= 2)
        assert not worker.protection.wanted
        put(worker.queue, 1)
        worker.protection.calls.wait_for(lambda calls: calls[-1:] == ["protect"])
        go_on.set()
        worker.protection.calls.wait_for(lambda calls: calls[-1:] == ["release"])
        assert worker.drained() == 0
        assert worker.protection.calls.all()[-1] == "close"


def test_a_paused_service_receives_nothing_more_finishes_what_runs_under_protection_and_goes_on_when_resumed() -> None:
    begun: SimpleQueue[None] = SimpleQueue()
    go_on = Event()

    def long(data: dict[str, Any], context: Context) -> None:
        begun.put(None)
        go_on.wait(WAIT_SECONDS)

    policy = quick(protection_after_seconds=0, job_timeout_seconds=300, poll_wait_seconds=0)
    with Worker(JobCatalogue({"work": long}), policy=policy, stop=StopPolicy(grace_seconds=30)) as worker:
        put(worker.queue, 1)
        begun.get(timeout=WAIT_SECONDS)
        worker.protection.calls.wait_for(lambda calls: calls[-1:] == ["protect"])
        worker.protection.paused = True
        ticks = len(worker.protection.calls.all())
        # A poll in flight counts as held: once there is none, none comes any more.
        worker.protection.calls.wait_for(lambda calls: len(calls) > ticks + 1 and worker.slots == (1, 1))
        put(worker.queue, 3)
        ticks = len(worker.protection.calls.all())
        worker.protection.calls.wait_for(lambda calls: len(calls) > ticks + 2)
        assert begun.empty()
        assert worker.protection.wanted, "the job runs on under protection"
        go_on.set()
        worker.protection.calls.wait_for(lambda calls: calls[-1:] == ["release"] and worker.slots == (0, 0))
        assert begun.empty()
        worker.protection.paused = False
        for _ in range(3):
            begun.get(timeout=WAIT_SECONDS)
        assert worker.drained() == 0


def test_jobs_that_fit_into_the_grace_period_are_never_protected() -> None:
    with Worker(
        JobCatalogue({"work": HandlerOptions(fine, timeout_seconds=20)}), policy=quick(protection_after_seconds=0)
    ) as worker:
        put(worker.queue, 20)
        worker.queue.wait_until_empty()
        assert worker.drained() == 0
        assert "protect" not in worker.protection.calls.all()
