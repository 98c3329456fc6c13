"""Counts that need no OpenTelemetry SDK; written from any thread, read by the metric reader's.

A dictionary of counts behind each `observable counter` of `names.py`: adding to one costs a tenth of the SDK's own counter, which
matters for what is counted per message, and works before the SDK is loaded. The SDK reads the sums when it exports and makes
deltas of them.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock

from jobqueue.telemetry.names import COUNTERS, DESTINATION, OTHER, Metric

MAX_SERIES = 200
"""Distinct attribute values per metric; later ones count as `_OTHER`, so that a name from outside cannot grow memory or the bill."""
MAX_VALUE_CHARACTERS = 256
"""A longer value (a handler's reason for a reject) counts as `_OTHER`."""

SUM_AT = 100
"""So many additions are summed at once; until then they are kept."""

Point = tuple[int, dict[str, str]]


class Counter:
    """The sums of one metric, by the values of its attributes (in the order of `names.py`).

    `add` waits for no lock: a finalizer may interrupt it, and add as well.
    """

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self._added: deque[tuple[int, tuple[str, ...]]] = deque()
        self._sums: dict[tuple[str, ...], int] = {}
        self._summing = Lock()

    def add(self, count: int, *values: str) -> None:
        """Adds to the series of these attribute values."""
        self._added.append((count, values))
        if len(self._added) >= SUM_AT:
            self._sum(0.0)

    def read(self) -> list[Point]:
        """Every sum since the start."""
        self._sum(1.0)
        sums = self._sums.copy()
        return [(count, dict(zip(self.metric.attributes, values, strict=True))) for values, count in sums.items()]

    def _sum(self, wait_seconds: float) -> None:
        """Takes in what was added, unless another thread is doing so for longer than that."""
        if not self._summing.acquire(timeout=wait_seconds):
            return
        try:
            while self._added:
                count, values = self._added.popleft()
                if values not in self._sums and (
                    len(self._sums) >= MAX_SERIES or any(len(value) > MAX_VALUE_CHARACTERS for value in values)
                ):
                    values = (values[0], *(OTHER for _ in values[1:]))
                self._sums[values] = self._sums.get(values, 0) + count
        finally:
            self._summing.release()


class Counters:
    """Owns the counters and the gauges' sources of one process."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.by_metric = {metric.name: Counter(metric) for metric in COUNTERS}
        self._monotonic = monotonic
        self._born = monotonic()
        self._queues: list[str] = []
        self._in_use: list[tuple[str, Callable[[], int]]] = []
        self._stuck: list[tuple[str, Callable[[], int]]] = []

    def add(self, metric: Metric, count: int, *values: str) -> None:
        """Adds `count` to the metric's series of these attribute values."""
        self.by_metric[metric.name].add(count, *values)

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
