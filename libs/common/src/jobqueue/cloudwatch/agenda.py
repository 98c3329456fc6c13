"""Agenda: a heap of things by due time. Pure.

A thing has one due time, its `due`; an entry with another time is stale: it is skipped, and swept out before most are.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import count
from math import inf
from typing import Protocol

MIN_SWEEP = 256
"""Entries from which on the agenda is swept when it has doubled."""


class Datable(Protocol):
    """Something with a due time: infinite while it has none."""

    due: float


class Agenda:
    """Equal times come in the order in which they were set."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Datable]] = []
        self._numbers = count()
        self._sweep_at = MIN_SWEEP

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, due: float, thing: Datable) -> None:
        """Sets the thing's only due time."""
        thing.due = due
        heappush(self._heap, (due, next(self._numbers), thing))
        if len(self._heap) > self._sweep_at:
            self._heap = [entry for entry in self._heap if entry[2].due == entry[0]]
            heapify(self._heap)
            self._sweep_at = max(MIN_SWEEP, 2 * len(self._heap))

    def next_at(self) -> float:
        """The earliest due time, or infinity."""
        while self._heap and self._heap[0][2].due != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else inf

    def take(self, now: float) -> list[Datable]:
        """What is due; it has no due time afterwards."""
        things = []
        while self.next_at() <= now:
            thing = heappop(self._heap)[2]
            thing.due = inf
            things.append(thing)
        return things
