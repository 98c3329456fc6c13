"""How messages come in: never without a slot, never dropped at a stop, and going on whatever happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any

import pytest

from jobqueue.consumer import poller as module
from jobqueue.consumer.policy import ConsumerPolicy
from jobqueue.consumer.poller import Poller
from jobqueue.consumer.slots import Slots
from jobqueue.messages.delivery import Delivery
from jobqueue.testing import InMemoryQueue, ManualClock, RecordingObserver
from jobqueue.testing.recording import Recording

from .workbench import WAIT_SECONDS, quick


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(module, "MAX_PAUSE_SECONDS", 0.002)


class Watched(InMemoryQueue):
    """Knows what was asked of it, and how many polls were in flight at once."""

    def __init__(self) -> None:
        super().__init__(clock=ManualClock())
        self.asked: Recording[int] = Recording()
        self.max_in_flight = 0
        self._in_flight = 0
        self._counting = Lock()

    def receive(self, max_messages: int, wait_seconds: int) -> Sequence[Delivery]:
        with self._counting:
            self._in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self._in_flight)
        self.asked.add(max_messages)
        try:
            return super().receive(max_messages, wait_seconds)
        finally:
            with self._counting:
                self._in_flight -= 1


class Polling:
    """A poller on a watched queue; what arrives is kept, with its slots."""

    def __init__(self, queue: InMemoryQueue | None = None, *, held: int = 200, **policy: float) -> None:
        self.queue = Watched() if queue is None else queue
        self.policy: ConsumerPolicy = quick(**policy)
        self.slots = Slots(running=self.policy.max_concurrency, held=held)
        self.observer = RecordingObserver()
        self.arrived: Recording[Delivery] = Recording()
        self.open_jobs = 0
        self.poller = Poller(
            queue=self.queue,
            policy=self.policy,
            slots=self.slots,
            observer=self.observer,
            arrived=self._arrived,
            open_jobs=lambda: self.open_jobs,
        )

    def _arrived(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self.arrived.add(delivery)

    def put(self, count: int) -> None:
        for _ in range(count):
            self.queue.put("{}")

    def await_arrivals(self, count: int) -> list[Delivery]:
        return self.arrived.wait_for(lambda seen: len(seen) >= count)

    def give_back(self, count: int) -> None:
        """`count` jobs ended and were settled."""
        for _ in range(count):
            self.slots.finished()
        self.slots.settled(count)

    def record_beats(self) -> Recording[int]:
        """The numbers of the polling threads, as they beat."""
        recording: Recording[int] = Recording()

        class Heartbeat(list[float]):
            def __setitem__(self, number: Any, at: Any) -> None:
                super().__setitem__(number, at)
                recording.add(number)

        self.poller.beats = Heartbeat(self.poller.beats)
        return recording

    def await_end(self) -> None:
        with self.poller._changed:
            assert self.poller._changed.wait_for(lambda: self.poller._alive == 0, WAIT_SECONDS)


@pytest.fixture
def polling() -> Iterator[Polling]:
    polling = Polling(max_polls=3)
    yield polling
    polling.poller.stop()
    polling.queue.close()


def watched(polling: Polling) -> Watched:
    assert isinstance(polling.queue, Watched)
    return polling.queue


@pytest.mark.parametrize("concurrency", [1, 3, 10, 25])
def test_it_never_takes_more_than_there_are_free_slots(concurrency: int) -> None:
    polling = Polling(max_concurrency=concurrency, max_polls=4)
    polling.put(40)
    polling.poller.start()
    polling.await_arrivals(concurrency)
    polling.poller.stop()
    polling.queue.close()
    polling.await_end()
    assert len(polling.arrived.all()) == polling.slots.running == polling.slots.held == concurrency
    assert max(watched(polling).asked.all()) <= min(concurrency, 10)


def test_it_goes_on_as_slots_come_free(polling: Polling) -> None:
    polling.put(30)
    polling.poller.start()
    for taken in (10, 20, 30):
        polling.await_arrivals(taken)
        polling.give_back(10)
    assert len(polling.arrived.all()) == 30


def test_what_waits_to_be_settled_holds_receiving_back() -> None:
    polling = Polling(held=15)
    polling.put(30)
    polling.poller.start()
    polling.await_arrivals(10)
    for _ in range(10):
        polling.slots.finished()
    polling.await_arrivals(15)
    polling.poller.stop()
    polling.await_end()
    assert len(polling.arrived.all()) == 15


def test_a_failed_receive_gives_its_slots_back_is_counted_and_polling_goes_on(
    polling: Polling, caplog: pytest.LogCaptureFixture
) -> None:
    polling.queue.faults.fail("receive", times=3, code="RequestThrottled")
    polling.queue.faults.fail("receive", code="AccessDenied", refused=True)
    polling.put(10)
    polling.poller.start()
    assert len(polling.await_arrivals(10)) == 10
    assert [fact.code for fact in polling.observer.named("poll_failed")] == ["RequestThrottled"] * 3 + ["AccessDenied"]
    assert polling.slots.running == 10
    assert len([record for record in caplog.records if "RequestThrottled" in record.message]) == 1


def test_a_defect_of_the_queue_adapter_does_not_end_polling(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Defective(InMemoryQueue):
        defects = 1

        def receive(self, max_messages: int, wait_seconds: int) -> Sequence[Delivery]:
            if self.defects:
                self.defects -= 1
                raise ZeroDivisionError
            return super().receive(max_messages, wait_seconds)

    monkeypatch.setattr(module, "LOOK_SECONDS", 0.001)
    polling = Polling(Defective())
    polling.put(10)
    polling.poller.start()
    assert len(polling.await_arrivals(10)) == 10
    polling.poller.stop()
    polling.await_end()
    assert polling.slots.running == 10
    assert "unexpected error in a poller" in caplog.text


def test_what_a_poll_in_flight_brings_after_the_stop_is_handed_over_and_not_dropped(polling: Polling) -> None:
    polling.poller.start()
    watched(polling).asked.wait_for(lambda seen: len(seen) == 1)
    polling.poller.stop()
    assert not polling.poller.ended
    polling.put(1)
    polling.await_end()
    assert len(polling.arrived.all()) == 1
    assert polling.poller.ended
    assert polling.slots.running == 1


def test_a_stop_ends_a_poller_that_waits_for_a_slot_at_once() -> None:
    polling = Polling(max_concurrency=1, max_polls=3)
    polling.slots.reserve(1, wait_seconds=0, linger_seconds=0)
    polling.poller.start()
    polling.poller.stop()
    polling.await_end()
    assert watched(polling).asked.all() == []
    assert polling.slots.running == 1


def test_a_stop_ends_the_pause_after_a_failure_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 60.0)
    monkeypatch.setattr(module, "MAX_PAUSE_SECONDS", 60.0)
    polling = Polling()
    polling.queue.faults.fail("receive", times=100)
    polling.poller.start()
    polling.observer.wait_for(lambda facts: len(facts) == 1)
    polling.poller.stop()
    polling.await_end()


def test_a_pause_takes_nothing_more_and_its_end_goes_on(polling: Polling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.001)
    beats = polling.record_beats()
    polling.poller.pause(paused=True)
    polling.put(10)
    polling.poller.start()
    beats.wait_for(lambda seen: len(seen) >= 5)
    assert watched(polling).asked.all() == []
    polling.poller.pause(paused=False)
    assert len(polling.await_arrivals(10)) == 10


def test_one_poll_is_in_flight_while_the_queue_is_quiet_and_several_under_load() -> None:
    polling = Polling(max_concurrency=100, max_polls=4)
    queue = watched(polling)
    polling.put(1)
    polling.poller.start()
    polling.await_arrivals(1)
    queue.asked.wait_for(lambda seen: len(seen) == 2)
    assert queue.max_in_flight == 1
    polling.poller.pause(paused=True)  # so that the messages are there together
    polling.put(60)
    polling.poller.pause(paused=False)
    polling.await_arrivals(61)
    queue.asked.wait_for(lambda seen: queue._in_flight >= 3)
    polling.poller.stop()
    queue.close()
    polling.await_end()
    assert queue.max_in_flight <= 4
    assert polling.slots.running == 61


def test_one_poll_is_in_flight_while_the_workers_have_enough_to_do() -> None:
    polling = Polling(max_concurrency=100, max_polls=4)
    polling.open_jobs = 30
    polling.put(60)
    polling.poller.start()
    polling.await_arrivals(60)
    watched(polling).asked.wait_for(lambda seen: len(seen) == 7)
    assert watched(polling).max_in_flight == 1
    polling.poller.stop()
    polling.queue.close()
    polling.await_end()


def test_every_poller_beats_also_when_it_is_not_its_turn(polling: Polling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.001)
    beats = polling.record_beats()
    polling.poller.start()
    beats.wait_for(lambda seen: seen.count(1) >= 3 and seen.count(2) >= 3)


def test_a_poller_that_waits_for_a_slot_beats(polling: Polling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.001)
    polling.slots.reserve(10, wait_seconds=0, linger_seconds=0)
    beats = polling.record_beats()
    polling.poller.start()
    beats.wait_for(lambda seen: seen.count(0) >= 3)
    assert watched(polling).asked.all() == []


class Unwaiting(Watched):
    """Answers at once, whatever wait is asked for."""

    def receive(self, max_messages: int, wait_seconds: int) -> Sequence[Delivery]:
        return super().receive(max_messages, 0)


@pytest.mark.parametrize(
    ("wait", "said"), [(0, "POLL_WAIT_SECONDS=0 asks for that"), (20, "Check that the endpoint is SQS")]
)
def test_receives_that_come_back_empty_at_once_are_slowed_down_and_told(
    wait: int, said: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    polling = Polling(Unwaiting(), poll_wait_seconds=wait)
    pauses: Recording[float] = Recording()
    monkeypatch.setattr(polling.poller, "_wait", lambda seconds, number: pauses.add(seconds))
    polling.poller.start()
    assert pauses.wait_for(lambda seen: len(seen) >= 6)[:6] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    polling.put(1)
    polling.await_arrivals(1)
    polling.poller.stop()
    polling.await_end()
    assert [said in record.getMessage() for record in caplog.records] == [True]
