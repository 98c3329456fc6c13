"""What has to happen when? Layer 3, passive: the caller holds the lock and brings the time.

Most timers are cancelled long before they are due (a short job ends before its events are old, and is confirmed before its deadline), so
a cancelled one lets go of what it holds at once, and its empty shell is swept out later.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import count
from math import inf

After = list[Callable[[], None]]
"""What is to be called once the lock is no longer held, in this order."""

SWEEP_FROM = 1_024
"""Shells are worth sweeping when there are so many, and more than half of all are shells."""


class Timer:
    """One thing to do once. `action` is None when it is done or cancelled."""

    __slots__ = ("action", "timers")

    def __init__(self, action: Callable[[After], None], timers: Timers) -> None:
        self.action: Callable[[After], None] | None = action
        self.timers = timers

    def cancel(self) -> None:
        """It will not happen. Harmless when it did."""
        if self.action is not None:
            self.action = None
            self.timers.cancelled()


class Timers:
    """A heap by due time; equal times in the order they were set."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._numbers = count()
        self._shells = 0

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, due: float, action: Callable[[After], None]) -> Timer:
        """`action` is called under the lock by whoever asks `due_actions` from `due` on."""
        timer = Timer(action, self)
        heappush(self._heap, (due, next(self._numbers), timer))
        return timer

    def due_actions(self, now: float) -> list[Callable[[After], None]]:
        """Takes out what is due."""
        actions = []
        while self.next_due() <= now:
            timer = heappop(self._heap)[2]
            if timer.action is not None:
                actions.append(timer.action)
                timer.action = None
        return actions

    def next_due(self) -> float:
        """The earliest due time, or infinity."""
        while self._heap and self._heap[0][2].action is None:
            heappop(self._heap)
            self._shells -= 1
        return self._heap[0][0] if self._heap else inf

    def cancelled(self) -> None:
        """Called by a timer."""
        self._shells += 1
        if self._shells > SWEEP_FROM and self._shells * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].action is not None]
            heapify(self._heap)
            self._shells = 0
