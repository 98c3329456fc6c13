"""Counts and durations that need no OpenTelemetry SDK; written from any thread, read by the metric reader's.

Behind each `observable counter` and `histogram` of `names.py` stand sums by the values of its attributes. Adding to one costs a tenth of what it
costs with the SDK's own instruments, which matters for what is measured per message, and works before the SDK is loaded. The SDK reads the counts
when it exports and makes deltas of them; durations are put beside them then (`durations.py`).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

from jobqueue.telemetry.distribution import Distribution
from jobqueue.telemetry.names import COUNTERS, DESTINATION, FROM_US, HISTOGRAMS, OTHER, Metric

MAX_SERIES = 200
"""Distinct attribute values per metric; later ones count as `_OTHER`, so that a name from outside cannot grow memory or the bill."""
MAX_VALUE_CHARACTERS = 256
"""A longer value (a handler's reason for a reject) counts as `_OTHER`."""

SUM_AT = 100
"""So many additions are summed at once; until then they are kept."""

Attributes = dict[str, str]
Point = tuple[int, Attributes]
Added = TypeVar("Added", int, float)
Summed = TypeVar("Summed")


class Sums(Generic[Added, Summed]):
    """The sums of one metric, by the values of its attributes (in the order of `names.py`; an attribute without a value is left out).

    `add` waits for no lock: a finalizer may interrupt it, and add as well.
    """

    def __init__(self, metric: Metric, plus: Callable[[Summed | None, Added], Summed]) -> None:
        """`plus` gives a sum with one more in it; None: the first."""
        self.metric = metric
        self._plus: Callable[[Summed | None, Added], Summed] = plus
        self._added: deque[tuple[Added, tuple[str, ...]]] = deque()
        self._sums: dict[tuple[str, ...], Summed] = {}
        self._summing = Lock()

    def add(self, one: Added, *values: str) -> None:
        """Adds to the series of these attribute values."""
        self._added.append((one, values))
        if len(self._added) >= SUM_AT and self._summing.acquire(blocking=False):
            try:
                self._take_in()
            finally:
                self._summing.release()

    def read(self, *, take: bool = False) -> list[tuple[Summed, Attributes]]:
        """Every sum since the start, or since they were last taken."""
        if not self._summing.acquire(timeout=1.0):
            return []
        try:
            self._take_in()
            if take:
                sums, self._sums = self._sums, {}
            else:
                sums = deepcopy(self._sums)
        finally:
            self._summing.release()
        return [(summed, self._attributes(values)) for values, summed in sums.items()]

    def _attributes(self, values: Sequence[str]) -> Attributes:
        return {name: value for name, value in zip(self.metric.attributes, values, strict=True) if value}

    def _take_in(self) -> None:
        """Under the lock."""
        while self._added:
            one, values = self._added.popleft()
            if values not in self._sums and (
                len(self._sums) >= MAX_SERIES or any(len(value) > MAX_VALUE_CHARACTERS for value in values)
            ):
                values = self._others(values)
            self._sums[values] = self._plus(self._sums.get(values), one)

    def _others(self, values: Sequence[str]) -> tuple[str, ...]:
        named = zip(self.metric.attributes, values, strict=True)
        return tuple(value if name in FROM_US or not value else OTHER for name, value in named)


class Measurements:
    """Owns the counts, the durations and the gauges' sources of one process."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, *, explicit: bool = False) -> None:
        """`explicit`: durations have the conventions' buckets, not exponential ones."""
        self.counters = {metric.name: Sums[int, int](metric, _counted) for metric in COUNTERS}
        plus = partial(_distributed, explicit)
        self.durations = {metric.name: Sums[float, Distribution](metric, plus) for metric in HISTOGRAMS}
        self._monotonic = monotonic
        self._born = monotonic()
        self._queues: list[str] = []
        self._in_use: list[tuple[str, Callable[[], int]]] = []
        self._stuck: list[tuple[str, Callable[[], int]]] = []

    def add(self, metric: Metric, count: int, *values: str) -> None:
        """Adds `count` to the metric's series of these attribute values."""
        self.counters[metric.name].add(count, *values)

    def took(self, metric: Metric, seconds: float, *values: str) -> None:
        """Adds a duration to the metric's series of these attribute values."""
        self.durations[metric.name].add(seconds, *values)

    def watch(self, queue: str, in_use: Callable[[], int], stuck: Callable[[], int]) -> None:
        """Gives a queue's gauges their sources."""
        self._in_use.append((queue, in_use))
        self._stuck.append((queue, stuck))

    def start_heartbeat(self, queue: str) -> None:
        """From now on the heartbeat has a series for this queue."""
        self._queues.append(queue)

    def slots_in_use(self) -> list[Point]:
        """One point for each watched queue."""
        return [(source(), {DESTINATION: queue}) for queue, source in self._in_use]

    def slots_stuck(self) -> list[Point]:
        """One point for each watched queue."""
        return [(source(), {DESTINATION: queue}) for queue, source in self._stuck]

    def heartbeat(self) -> list[Point]:
        """Rounded, not cut off: an export a few milliseconds early or late must not read as a missed or a double beat."""
        minutes = round((self._monotonic() - self._born) / 60)
        return [(minutes, {DESTINATION: queue}) for queue in self._queues]


def _counted(summed: int | None, count: int) -> int:
    return count if summed is None else summed + count


def _distributed(explicit: bool, summed: Distribution | None, seconds: float) -> Distribution:
    distribution = Distribution(explicit=explicit) if summed is None else summed
    distribution.add(seconds)
    return distribution
