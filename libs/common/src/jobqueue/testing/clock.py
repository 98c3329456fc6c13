"""Clocks of tests. Any thread.

A double that lets time pass takes a `Clock`. On a `SystemClock` it behaves as in production; on a `ManualClock`
nothing happens until the test says `advance`, so that a lease of ten minutes lapses in no time and no test sleeps.
"""

from __future__ import annotations

import time
from collections import Counter
from threading import Condition
from typing import Protocol

GIVE_UP_SECONDS = 5.0
"""How long doubles wait, in real seconds, for what a test says will happen; far above what any of it takes."""


MAX_WAIT_SECONDS = 3_600.0
"""A wait without an end wakes once an hour: `Condition.wait` takes no infinity."""


class Clock(Protocol):
    """What a clock gives to code that waits."""

    def now(self) -> float:
        """Monotonic seconds."""
        ...

    def wall_ms(self) -> int:
        """Milliseconds since 1970."""
        ...

    def wait(self, changed: Condition, until: float) -> None:
        """Blocks until `changed` is notified or `now()` reaches `until`. The caller holds `changed`, and checks again afterwards."""
        ...


class SystemClock:
    """The machine's clocks. Stateless."""

    def now(self) -> float:
        """See the protocol."""
        return time.monotonic()

    def wall_ms(self) -> int:
        """See the protocol."""
        return time.time_ns() // 1_000_000

    def wait(self, changed: Condition, until: float) -> None:
        """See the protocol."""
        changed.wait(min(until - time.monotonic(), MAX_WAIT_SECONDS))


class ManualClock:
    """Stands still until a test moves it, and wakes the threads that waited for the new time. Pass the clock or its `now` to what is tested.

    `now` starts at 1,000 s, so that a forgotten zero shows. The wall clock starts at the machine's unless `wall_ms` says otherwise, because
    ids made elsewhere (`new_job_id`) must not lie in its future.
    """

    def __init__(self, *, wall_ms: int | None = None) -> None:
        self._changed = Condition()
        self._passed = 0.0
        self._start_ms = time.time_ns() // 1_000_000 if wall_ms is None else wall_ms
        self._waiting: Counter[Condition] = Counter()

    def now(self) -> float:
        """See `Clock`."""
        with self._changed:
            return 1_000.0 + self._passed

    def wall_ms(self) -> int:
        """See `Clock`."""
        with self._changed:
            return self._start_ms + round(self._passed * 1000)

    def wait(self, changed: Condition, until: float) -> None:
        """See `Clock`."""
        with self._changed:
            # In this order: an `advance` from here on sees us, one before it has already moved `now`.
            self._waiting[changed] += 1
            self._changed.notify_all()
            late = 1_000.0 + self._passed >= until
        try:
            if not late:
                changed.wait()
        finally:
            with self._changed:
                self._waiting[changed] -= 1
                self._changed.notify_all()

    def advance(self, seconds: float) -> None:
        """Lets time pass. Call it without holding a lock that a waiter holds.

        Raises:
            ValueError: time does not go backwards.
        """
        if seconds < 0:
            raise ValueError(f"time cannot go back by {-seconds} s")
        with self._changed:
            self._passed += seconds
            waiting = [changed for changed, count in self._waiting.items() if count]
        for changed in waiting:
            with changed:
                changed.notify_all()

    def await_waiters(self, count: int = 1, timeout: float = GIVE_UP_SECONDS) -> None:
        """Blocks until at least `count` threads wait on this clock, a long poll for instance.

        Raises:
            TimeoutError: they did not come within `timeout` real seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting.total() >= count, timeout):
                raise TimeoutError(f"{self._waiting.total()} of {count} threads wait on the clock after {timeout} s")
