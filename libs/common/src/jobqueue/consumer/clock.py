"""What time is it, and how is it waited for? Layer 2, any thread.

For what waits with a lock and a condition: the job log's shipper, the doubles in `jobqueue.testing`, whose `ManualClock` is the other
implementation. What only asks for the time takes a `now` function instead.
"""

from __future__ import annotations

import time
from threading import Condition
from typing import Protocol

LONGEST_WAIT_SECONDS = 3_600.0
"""A wait without an end wakes once an hour: `Condition.wait` takes no infinity."""


class Clock(Protocol):
    """Time as whoever waits sees it."""

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
        changed.wait(min(until - time.monotonic(), LONGEST_WAIT_SECONDS))
