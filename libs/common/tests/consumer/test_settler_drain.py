"""How the settler ends, and what it does about a defect: on its own threads and the machine's clock."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jobqueue.consumer.ports import Failure
from jobqueue.consumer.routes import Routes, Senders
from jobqueue.consumer.settler import Settler
from jobqueue.consumer.slots import Slots
from jobqueue.messages.delivery import Delivery
from jobqueue.messages.outcome import Done, Leave
from jobqueue.testing import InMemoryQueue, InMemorySender, RecordingObserver

from .workbench import WAIT_SECONDS, quick


class Running:
    """A settler on its own threads and the machine's clock."""

    def __init__(self, queue: InMemoryQueue | None = None) -> None:
        self.queue = InMemoryQueue() if queue is None else queue
        self.observer = RecordingObserver()
        self.slots = Slots(running=10, held=10)
        self.settler = Settler(
            queue=self.queue,
            senders=Senders({}, Routes()),
            dead_letters=InMemorySender(InMemoryQueue("dead-letters")),
            again=InMemorySender(self.queue),
            policy=quick(settle_linger_seconds=1.0),
            slots=self.slots,
            observer=self.observer,
            lease_lost=lambda delivery: None,
            refused=lambda delivery, outcome, step, failure: Done(),
        )
        self.settler.start()

    def take(self, count: int) -> list[Delivery]:
        for _ in range(count):
            self.queue.put("{}")
        self.slots.reserve(count, wait_seconds=0, linger_seconds=0)
        deliveries = list(self.queue.receive(count, 0))
        self.settler.taken(deliveries)
        return deliveries


def test_a_drain_settles_what_lingers_at_once() -> None:
    running = Running()
    for delivery in running.take(3):
        running.settler.finished(delivery, Done())
    assert running.settler.drain(WAIT_SECONDS) == 0
    assert len(running.queue) == 0
    assert running.slots.held == 0


def test_a_drain_tries_failed_calls_again() -> None:
    running = Running()
    running.queue.faults.fail("delete", times=2)
    running.settler.finished(running.take(1)[0], Done())
    assert running.settler.drain(WAIT_SECONDS) == 0
    assert running.queue.calls["delete"] == 3


def test_a_drain_ends_at_its_deadline_and_says_how_many_are_left_to_lapse() -> None:
    running = Running()
    running.queue.faults.fail("delete", times=1_000)
    _, left, failing = running.take(3)
    running.settler.finished(left, Leave())
    running.settler.finished(failing, Done())
    assert running.settler.drain(0.05) == 3
    assert len(running.queue) == 3


def test_a_drain_does_not_wait_for_what_has_no_outcome() -> None:
    running = Running()
    running.take(1)
    assert running.settler.drain(30.0) == 1


def test_a_defect_in_an_adapter_is_logged_and_the_call_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    class Defective(InMemoryQueue):
        defects = 1

        def delete(self, deliveries: Sequence[Delivery]) -> Sequence[Failure]:
            if self.defects:
                self.defects -= 1
                raise ZeroDivisionError
            return super().delete(deliveries)

    running = Running(Defective())
    running.settler.finished(running.take(1)[0], Done())
    assert running.settler.drain(WAIT_SECONDS) == 0
    assert len(running.queue) == 0
    assert "unexpected error in a delete call" in caplog.text
    assert [fact.code for fact in running.observer.named("settle_failed")] == ["ZeroDivisionError"]
