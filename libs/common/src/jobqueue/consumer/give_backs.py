"""Delay of what a draining worker gives back until its own polls have ended: else they would receive it again, and it would be lost with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from jobqueue.messages.outcome import Release

if TYPE_CHECKING:
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.outcome import Outcome


class GiveBacks:
    """Passes outcomes on to the settler. `settle` may be called from any thread and never blocks, the others by the main thread."""

    def __init__(self, settle: Callable[[Delivery, Outcome], None]) -> None:
        self._settle = settle
        self._lock = Lock()
        self._kept: list[tuple[Delivery, Release]] = []
        self._keeps = False

    def settle(self, delivery: Delivery, outcome: Outcome) -> None:
        """Passes an outcome on, or keeps it where it gives the delivery back."""
        if isinstance(outcome, Release):
            with self._lock:
                if self._keeps:
                    self._kept.append((delivery, outcome))
                    return
        self._settle(delivery, outcome)

    def keep(self) -> None:
        """Keeps what is given back from now on."""
        with self._lock:
            self._keeps = True

    def let_go(self, after_seconds: int = 0) -> None:
        """Passes on what was kept, and everything from now on. `after_seconds`: when it may come again, where a poll is still in flight."""
        with self._lock:
            kept, self._kept = self._kept, []
            self._keeps = False
        for delivery, outcome in kept:
            self._settle(delivery, _later(outcome, after_seconds))


def _later(outcome: Release, after_seconds: int) -> Release:
    if after_seconds <= outcome.after_seconds:
        return outcome
    copy = None if outcome.copy is None else replace(outcome.copy, delay_seconds=after_seconds)
    return replace(outcome, after_seconds=after_seconds, copy=copy)
