from __future__ import annotations

from threading import Condition, Event, Thread

import pytest

from jobqueue.testing import ManualClock, SystemClock


def test_a_manual_clock_stands_still_until_it_is_moved() -> None:
    clock = ManualClock(wall_ms=1_767_225_600_000)
    start = clock.now()
    assert (clock.now(), clock.wall_ms()) == (start, 1_767_225_600_000)
    clock.advance(1.5)
    assert (clock.now(), clock.wall_ms()) == (start + 1.5, 1_767_225_601_500)


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="cannot go back"):
        ManualClock().advance(-1)


def test_an_advance_wakes_who_waits_for_the_new_time() -> None:
    clock, changed, woken = ManualClock(), Condition(), Event()
    until = clock.now() + 10

    def wait() -> None:
        with changed:
            while clock.now() < until:
                clock.wait(changed, until)
        woken.set()

    Thread(target=wait, daemon=True).start()
    clock.await_waiters(1)
    clock.advance(9)
    clock.await_waiters(1)
    assert not woken.is_set()
    clock.advance(1)
    assert woken.wait(5)


def test_a_wait_for_a_time_that_has_come_returns_at_once() -> None:
    for clock in (ManualClock(), SystemClock()):
        changed = Condition()
        with changed:
            clock.wait(changed, clock.now())


def test_waiters_that_never_come_are_reported() -> None:
    with pytest.raises(TimeoutError, match="0 of 1"):
        ManualClock().await_waiters(1, timeout=0.01)
