"""Distribution of durations over buckets: exponential ones, or the conventions' explicit ones. Pure; one thread at a time."""

from __future__ import annotations

from bisect import bisect_left
from math import ceil, inf, log2

from jobqueue.telemetry.names import BUCKETS_SECONDS

MAX_SCALE = 6
MAX_BUCKETS = 160
"""Of exponential ones, as the SDK's. Bounds lie 1.1 % apart; twice as far where 160 do not reach from the shortest to the longest, and so on."""


class Distribution:
    """`buckets` are counts by index: explicit ones in the order of their bounds; an exponential one holds what is longer than base ** index and at
    most base ** (index + 1), with the base 2 ** 2 ** -scale. `scale` is None for explicit ones."""

    def __init__(self, *, explicit: bool) -> None:
        self.scale = None if explicit else MAX_SCALE
        self.buckets: dict[int, int] = {}
        self.count = self.zeros = 0
        self.sum = self.max = 0.0
        self.min = inf

    def add(self, seconds: float) -> None:
        """Takes one in; none is negative."""
        self.count += 1
        self.sum += seconds
        self.min = min(self.min, seconds)
        self.max = max(self.max, seconds)
        if self.scale is None:
            index = bisect_left(BUCKETS_SECONDS, seconds)
        elif seconds <= 0:
            self.zeros += 1
            return
        else:
            index = ceil(log2(seconds) * 2.0**self.scale) - 1
        if index in self.buckets:
            self.buckets[index] += 1
            return
        self.buckets[index] = 1
        while self.scale is not None and max(self.buckets) - min(self.buckets) >= MAX_BUCKETS:
            self._coarsen(self.scale - 1)

    def counts(self) -> tuple[int, list[int]]:
        """The lowest index and the counts from there on, without a gap."""
        if self.scale is None:
            return 0, [self.buckets.get(index, 0) for index in range(len(BUCKETS_SECONDS) + 1)]
        low, high = min(self.buckets, default=0), max(self.buckets, default=-1)
        return low, [self.buckets.get(index, 0) for index in range(low, high + 1)]

    def _coarsen(self, scale: int) -> None:
        self.scale = scale
        finer, self.buckets = self.buckets, {}
        for index, count in finer.items():
            self.buckets[index >> 1] = self.buckets.get(index >> 1, 0) + count
