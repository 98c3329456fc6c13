"""Turns of jobs whose type may run only so many at once in one worker.

    enter -> RUNS                       it runs; `leave` gives its turn to the delivery that waits longest
          -> WAITS                      held here: its lease is renewed, its slot is free for other types
          -> FULL                       too many wait: back to the queue, as a copy, which costs the job no receive
          -> BEGINS                     of the executor: its record's begin is under way; it keeps its turn, and its slot

Thread-safe, never blocks. A job that hangs keeps its turn until its worker is replaced (`watchdog.HOPELESS_FACTOR`).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import ceil
from threading import Lock
from typing import TYPE_CHECKING

from jobqueue.chance import CHANCE

if TYPE_CHECKING:
    from jobqueue.consumer.catalogue import Runnable
    from jobqueue.messages.delivery import Delivery

HELD_SHARE = 0.5
"""Of MAX_UNSETTLED, for all deliveries that wait for a turn: the rest is left to other types; ours."""

MIN_BACK_SECONDS = 2.0
MAX_BACK_SECONDS = 300.0
"""Bounds of the time for which a delivery goes back to the queue; ours. SQS delays a message by 900 s at most."""

NEWEST = 0.2
"""The newest run's share in the mean duration of runs."""


class Turn(Enum):
    """See the module."""

    RUNS = "runs"
    WAITS = "waits"
    FULL = "full"
    BEGINS = "begins"


@dataclass(slots=True)
class _Line:
    """One handler's. `running` has each delivery with the time at which it began; `seconds` is the mean duration of those that ended."""

    limit: int
    running: dict[Delivery, float] = field(default_factory=dict)
    waiting: deque[Delivery] = field(default_factory=deque)
    seconds: float = 0.0


class Turns:
    """Owns the deliveries that wait."""

    def __init__(
        self, limits: Mapping[Runnable, int], max_unsettled: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`limits`: jobs at once, by handler; others always run. `now` gives monotonic seconds."""
        self._lines = {runnable: _Line(limit) for runnable, limit in limits.items()}
        self._max_waiting = int(max_unsettled * HELD_SHARE) // max(1, len(limits))
        self._now = now
        self._entered: dict[Delivery, _Line] = {}
        self._lock = Lock()
        self._closed = False

    def enter(self, runnable: Runnable, delivery: Delivery, *, must_wait: bool = False) -> Turn:
        """Asks for a turn; for a delivery that `leave` gave, it has come. `must_wait`: it cannot go back, however many wait."""
        line = self._lines.get(runnable)
        if line is None:
            return Turn.RUNS
        with self._lock:
            if delivery in line.running:
                return Turn.RUNS
            if len(line.running) < line.limit:
                self._begin(line, delivery)
                return Turn.RUNS
            if self._closed or (len(line.waiting) >= self._max_waiting and not must_wait):
                return Turn.FULL
            line.waiting.append(delivery)
            return Turn.WAITS

    def back_seconds(self, runnable: Runnable) -> int:
        """For how long a delivery that is FULL goes back: until about those that wait have run; by chance up to half less."""
        line = self._lines[runnable]
        with self._lock:
            if self._closed:
                return 0
            now = self._now()
            oldest = max((now - began for began in line.running.values()), default=0.0)
            seconds = max(line.seconds, oldest) * (len(line.waiting) + 1) / line.limit
        return ceil(min(MAX_BACK_SECONDS, max(MIN_BACK_SECONDS, seconds)) * CHANCE.uniform(0.5, 1))

    def leave(self, delivery: Delivery) -> Delivery | None:
        """The end of a run, or of what was no run; gives the delivery whose turn has come, which is to be run in its place."""
        if not self._entered:
            return None
        with self._lock:
            line = self._entered.pop(delivery, None)
            if line is None:
                return None
            now = self._now()
            seconds = now - line.running.pop(delivery)
            line.seconds = seconds if not line.seconds else line.seconds + NEWEST * (seconds - line.seconds)
            if not line.waiting:
                return None
            following = line.waiting.popleft()
            self._begin(line, following)
            return following

    def lost(self, delivery: Delivery) -> bool:
        """Its lease ended. True where it waited: it will not run."""
        with self._lock:
            for line in self._lines.values():
                if delivery in line.waiting:
                    line.waiting.remove(delivery)
                    return True
        return False

    def take_back(self) -> list[Delivery]:
        """The deliveries that wait; they are not run."""
        with self._lock:
            taken = [delivery for line in self._lines.values() for delivery in line.waiting]
            for line in self._lines.values():
                line.waiting.clear()
        return taken

    def close(self) -> None:
        """From now on nothing waits: the worker drains."""
        with self._lock:
            self._closed = True

    def _begin(self, line: _Line, delivery: Delivery) -> None:
        line.running[delivery] = self._now()
        self._entered[delivery] = line
