"""What the in-memory queue promises beyond the contract suite: to its tests."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest

from jobqueue.consumer.ports import Queue, QueueError, QueueRefused, Sender
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.limits import MAX_VISIBILITY_SECONDS
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.testing import InMemoryQueue, InMemorySender, ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def queue(clock: ManualClock) -> Iterator[InMemoryQueue]:
    queue = InMemoryQueue(clock=clock)
    yield queue
    queue.close()


def _poll(queue: InMemoryQueue) -> tuple[Thread, list[Delivery]]:
    received: list[Delivery] = []
    thread = Thread(target=lambda: received.extend(queue.receive(10, 20)), daemon=True)
    thread.start()
    return thread, received


def test_they_implement_the_ports(queue: InMemoryQueue) -> None:
    port: Queue = queue
    sender: Sender = InMemorySender(queue)
    assert port.name == sender.name


def test_a_long_poll_wakes_when_a_message_arrives(queue: InMemoryQueue, clock: ManualClock) -> None:
    poll, received = _poll(queue)
    clock.await_waiters()
    queue.put("{}")
    poll.join(5)
    assert [delivery.body for delivery in received] == ["{}"]


def test_a_long_poll_ends_when_its_time_has_passed(queue: InMemoryQueue, clock: ManualClock) -> None:
    poll, received = _poll(queue)
    clock.await_waiters()
    clock.advance(20)
    poll.join(5)
    assert not poll.is_alive()
    assert received == []


def test_a_long_poll_wakes_when_a_lease_lapses(queue: InMemoryQueue, clock: ManualClock) -> None:
    queue.put("{}")
    assert len(queue.receive(1, 0)) == 1
    clock.advance(29)
    poll, received = _poll(queue)
    clock.await_waiters()
    clock.advance(1)
    poll.join(5)
    assert [delivery.receive_count for delivery in received] == [2]


def test_closing_ends_the_long_polls(queue: InMemoryQueue, clock: ManualClock) -> None:
    poll, _ = _poll(queue)
    clock.await_waiters()
    queue.close()
    poll.join(5)
    assert not poll.is_alive()
    assert list(queue.receive(1, 20)) == []


def test_an_exhausted_message_goes_over_during_a_long_poll(clock: ManualClock) -> None:
    dead_letters = InMemoryQueue("dead", clock=clock)
    queue = InMemoryQueue(clock=clock, dead_letters=dead_letters, max_receive_count=1)
    queue.put("poison")
    queue.receive(1, 0)
    poll, received = _poll(queue)
    clock.await_waiters()
    clock.advance(30)
    dead_letters.wait_for(lambda queue: len(queue) == 1)
    queue.wait_until_empty()
    queue.close()
    poll.join(5)
    assert received == []


def test_two_pollers_never_receive_the_same_message(queue: InMemoryQueue) -> None:
    for number in range(200):
        queue.put(str(number))
    received: list[list[Delivery]] = [[], [], [], []]

    def poll(mine: list[Delivery]) -> None:
        while deliveries := queue.receive(3, 0):
            mine.extend(deliveries)

    threads = [Thread(target=poll, args=(mine,)) for mine in received]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert sorted(int(delivery.body) for mine in received for delivery in mine) == list(range(200))


def test_a_delete_with_an_old_receipt_deletes_nothing(queue: InMemoryQueue) -> None:
    queue.put("{}")
    (old,) = queue.receive(1, 0)
    queue.change_visibility([(old, 0)])
    queue.receive(1, 0)
    assert not queue.delete([old])
    assert len(queue) == 1


def test_a_delete_after_the_lease_lapsed_deletes_what_nobody_received_since(
    queue: InMemoryQueue, clock: ManualClock
) -> None:
    queue.put("{}")
    received = queue.receive(1, 0)
    clock.advance(31)
    assert not queue.delete(received)
    queue.wait_until_empty()


def test_a_delivery_is_never_hidden_beyond_twelve_hours_from_its_receive(
    queue: InMemoryQueue, clock: ManualClock
) -> None:
    queue.put("{}")
    (delivery,) = queue.receive(1, 0)
    assert not queue.change_visibility([(delivery, MAX_VISIBILITY_SECONDS)])
    clock.advance(60)
    assert not queue.change_visibility([(delivery, MAX_VISIBILITY_SECONDS - 60)])
    (failure,) = queue.change_visibility([(delivery, MAX_VISIBILITY_SECONDS - 59)])
    assert (failure.code, failure.gone) == ("InvalidParameterValue", True)


def test_a_receipt_of_another_queue_is_none_of_ours(queue: InMemoryQueue) -> None:
    other = InMemoryQueue("other")
    other.put("{}")
    queue.put("{}")
    (failure,) = queue.delete(other.receive(1, 0))
    assert failure.code == "ReceiptHandleIsInvalid"


def test_planned_failures_are_used_up_one_call_each(queue: InMemoryQueue) -> None:
    queue.put("{}")
    queue.faults.fail("receive", times=2, code="RequestThrottled")
    queue.faults.fail("receive", code="AccessDenied", refused=True)
    for kind, code in (
        (QueueError, "RequestThrottled"),
        (QueueError, "RequestThrottled"),
        (QueueRefused, "AccessDenied"),
    ):
        with pytest.raises(kind) as failed:
            queue.receive(1, 0)
        assert failed.value.code == code
    assert len(queue.receive(1, 0)) == 1
    assert queue.calls == {"receive": 4}


def test_a_planned_failure_may_come_after_the_effect(queue: InMemoryQueue) -> None:
    sender = InMemorySender(queue)
    sender.faults.fail("send", took_effect=True)
    with pytest.raises(QueueError):
        sender.send([OutgoingMessage("{}")])
    received = queue.receive(1, 0)
    assert len(received) == 1
    queue.faults.fail("delete", took_effect=True)
    with pytest.raises(QueueError):
        queue.delete(received)
    assert len(queue) == 0


def test_planned_entries_fail_and_the_others_take_effect(queue: InMemoryQueue) -> None:
    sender = InMemorySender(queue)
    sender.faults.fail_entries("send", 1, code="InternalError")
    (failure,) = sender.send([OutgoingMessage("first"), OutgoingMessage("second")])
    assert (failure.index, failure.code, failure.gone) == (1, "InternalError", False)
    queue.faults.fail_entries("delete", 0, code="ReceiptHandleIsInvalid", gone=True)
    (failure,) = queue.delete(queue.receive(10, 0))
    assert failure.gone
    assert [kept.body for kept in queue.stored()] == ["first"]


@pytest.mark.parametrize("entries", [0, 11])
def test_a_batch_of_none_or_of_more_than_ten_is_refused_as_sqs_does(queue: InMemoryQueue, entries: int) -> None:
    delivery = Delivery("jobs", "m", "r", "{}", 1, 0, 0.0, 0)
    with pytest.raises(QueueError):
        queue.delete([delivery] * entries)
    with pytest.raises(QueueError):
        queue.receive(entries, 0)


@pytest.mark.parametrize(
    "message",
    [
        OutgoingMessage(""),
        OutgoingMessage("x" * 1025),
        OutgoingMessage("{}", {f"n{number}": Attribute("x") for number in range(11)}),
        OutgoingMessage("{}", {"empty": Attribute("")}),
        OutgoingMessage("{}", {"AWS.own": Attribute("x")}),
        OutgoingMessage("{}", {"a b": Attribute("x")}),
        OutgoingMessage("{}", {"kind": Attribute("x", "Text")}),
        OutgoingMessage("{}", {"number": Attribute("x", "Number")}),
        OutgoingMessage("{}", {"text": Attribute(b"x", "String")}),
        OutgoingMessage("{}", {"raw": Attribute("x", "Binary")}),
        OutgoingMessage("{}", {"control": Attribute("\x00")}),
        OutgoingMessage("{}", delay_seconds=-1),
    ],
)
def test_what_sqs_would_never_take_is_named_as_hopeless(queue: InMemoryQueue, message: OutgoingMessage) -> None:
    failures = InMemorySender(queue, max_bytes=1024).send([OutgoingMessage("x"), message])
    assert [(failure.index, failure.gone) for failure in failures] == [(1, True)]
    assert [kept.body for kept in queue.stored()] == ["x"]


def test_a_wait_that_is_in_vain_shows_what_the_queue_holds(queue: InMemoryQueue) -> None:
    queue.put("still here")
    with pytest.raises(TimeoutError, match="still here"):
        queue.wait_until_empty(timeout=0.01)
