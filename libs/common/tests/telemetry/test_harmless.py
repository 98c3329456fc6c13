"""Nothing that telemetry raises reaches a message: for every method of the ports that it wraps or implements."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from jobqueue.consumer.ports import Attempt, Observer, Queue, QueueError, Sender
from jobqueue.messages.outcome import Done, Outcome, Reject
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.telemetry.attempt import OtelAttempt
from jobqueue.telemetry.measurements import Measurements
from jobqueue.telemetry.observer import OtelObserver
from jobqueue.telemetry.queue import TracedQueue
from jobqueue.telemetry.sender import TracedSender
from jobqueue.testing import InMemoryQueue, InMemorySender

from .kit import TRACEPARENT, Kit, a_delivery, a_job

LETTER = OutgoingMessage("{}")


class Broken:
    """Raises at every touch what `except Exception` does not take."""

    def __getattr__(self, name: str) -> Any:
        raise SystemExit(f"broken {name}")


class UnspeakableError(Exception):
    """Raises when it is asked for its text."""

    def __str__(self) -> str:
        raise SystemExit("a handler's own class")


def _broken() -> Any:
    return Broken()


def _unloadable() -> Any:
    raise ImportError("no SDK")


SIGNALS: list[Callable[[], Any]] = [_broken, _unloadable, lambda: None]


class UnreadableReadings(Measurements):
    def add(self, *_: Any) -> None:
        raise SystemExit("broken counts")

    def took(self, *_: Any) -> None:
        raise SystemExit("broken durations")

    def watch(self, *_: Any) -> None:
        raise SystemExit("broken gauges")


def methods_of(port: type) -> set[str]:
    named = {name for name, kind in vars(port).items() if inspect.isfunction(kind)}
    return {name for name in named if not name.startswith("_") or name in ("__enter__", "__exit__")}


@pytest.mark.parametrize("instruments", SIGNALS)
def test_every_message_of_a_receive_is_handed_on_and_every_settle_call_is_made(instruments: Callable[[], Any]) -> None:
    assert methods_of(Queue) == {"receive", "delete", "change_visibility"}, "a method that this test does not call"
    inner = InMemoryQueue("triggers")
    for _ in range(3):
        inner.put("{}")
    queue = TracedQueue(inner, instruments, UnreadableReadings())

    deliveries = queue.receive(10, 0)
    assert len(deliveries) == 3
    assert not queue.delete(deliveries[:2])
    assert not queue.change_visibility([(deliveries[2], 0)])
    assert len(inner) == 1
    inner.faults.fail("receive", code="OverLimit")
    with pytest.raises(QueueError, match="OverLimit"):
        queue.receive(10, 0)


@pytest.mark.parametrize("instruments", SIGNALS)
def test_every_message_is_sent_as_it_was_given(instruments: Callable[[], Any]) -> None:
    assert methods_of(Sender) == {"refusal", "send"}, "a method that this test does not call"
    inner = InMemoryQueue("background")
    sender = TracedSender(InMemorySender(inner), instruments, UnreadableReadings())

    assert sender.refusal(LETTER) is None
    assert not sender.send([LETTER, OutgoingMessage("[]")])
    assert [kept.body for kept in inner.stored()] == ["{}", "[]"]


def test_a_span_that_cannot_be_ended_costs_no_answer(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit.instruments, "close", _unloadable)
    assert not kit.sender.send([LETTER])
    assert len(kit.inner_next) == 1


@pytest.mark.parametrize("instruments", SIGNALS)
def test_no_method_of_the_observer_raises_and_an_attempt_goes_on_with_its_trace(instruments: Callable[[], Any]) -> None:
    observer = OtelObserver(instruments, UnreadableReadings(), "triggers")
    calls: dict[str, Callable[[], object]] = {
        "attempt": lambda: observer.attempt(a_delivery(), a_job(), known_type=True),
        "undecodable": lambda: observer.undecodable(a_delivery(), UnspeakableError(), Reject("x", LETTER)),
        "settled": lambda: observer.settled(a_delivery(), Reject("x", LETTER), 1.0),
        "lease_lost": lambda: observer.lease_lost(a_delivery()),
        "settle_failed": lambda: observer.settle_failed("send", "x", 1),
        "events_sent": lambda: observer.events_sent(1),
        "events_lost": lambda: observer.events_lost(1),
        "poll_failed": lambda: observer.poll_failed("x"),
        "stuck": lambda: observer.stuck(a_delivery(), a_job(), 1.0),
        "drained": lambda: observer.drained(1.0, 0),
        "watch": lambda: observer.watch(slots_in_use=lambda: 0, slots_stuck=lambda: 0),
    }
    assert methods_of(Observer) == set(calls), "a method that this test does not call"
    for call in calls.values():
        call()
    observer.job_log_overflowed(1)
    observer.job_log_undelivered(1)

    with observer.attempt(a_delivery({"traceparent": TRACEPARENT}), a_job(), known_type=True) as attempt:
        attempt.ended(Done(), UnspeakableError(), 0.1)
        assert attempt.headers_for("background", a_job()) == {"traceparent": TRACEPARENT}


def test_no_method_of_an_attempt_raises_where_its_span_does() -> None:
    assert methods_of(Attempt) == {"__enter__", "__exit__", "headers_for", "ended"}, "another method"

    class BrokenSpan(Broken):
        def get_span_context(self) -> Any:
            return _Context

    class _Context:
        is_valid, trace_id, span_id = True, 1, 1

    with OtelAttempt(BrokenSpan(), _unloadable) as attempt:  # type: ignore[arg-type]
        attempt.ended(Done(), None, 0.1)
        assert attempt.headers_for("background", a_job()) == {}


@pytest.mark.parametrize("outcome", [Done(), Reject("x", LETTER)])
def test_an_error_without_a_text_is_counted_like_any_other(kit: Kit, outcome: Outcome) -> None:
    with kit.observer.attempt(a_delivery(), a_job(), known_type=True) as attempt:
        attempt.ended(outcome, UnspeakableError(), 0.1)

    assert [count for count, _ in kit.points("jobs.attempts")] == [1]
    status = kit.span("process triggers").status.description
    assert status is not None
    assert "SystemExit while asking UnspeakableError for its text" in status
