"""Slots: limits on the jobs that run, and on the deliveries that are held (running, or done and waiting to be settled).

The second limit turns a slow settle call into back-pressure instead of memory. Thread-safe: pollers reserve, the executor and the settler give
back.
"""

from __future__ import annotations

from threading import Condition, Lock


class Slots:
    """Owns the two counts. A reservation takes one of each: nothing is received that has no slot."""

    def __init__(self, *, running: int, held: int) -> None:
        self._max_running = running
        self._max_held = held
        self._running = 0
        self._held = 0
        self._wanted = 0  # how many free slots the thread whose turn it is waits for
        self._closed = False
        self._turn = (
            Lock()
        )  # one waits for slots and the others for it: else each slot that comes free would wake all of them
        self._changed = Condition()

    @property
    def running(self) -> int:
        """Slots in use, reservations of polls in flight included."""
        return self._running

    @property
    def held(self) -> int:
        """Deliveries held, reservations included."""
        return self._held

    def reserve(self, max_slots: int, *, wait_seconds: float, linger_seconds: float) -> int:
        """Takes up to `max_slots` free slots and says how many; 0 when none came free within `wait_seconds`, or once closed.

        Where fewer than `max_slots` are free it waits `linger_seconds` for more: short jobs then arrive by tens, not one by one.
        """
        max_slots = min(max_slots, self._max_running, self._max_held)
        if not self._turn.acquire(timeout=wait_seconds):
            return 0
        try:
            with self._changed:
                self._wait_for(1, wait_seconds)
                if 0 < self._free() < max_slots:
                    self._wait_for(max_slots, linger_seconds)
                taken = 0 if self._closed else max(0, min(max_slots, self._free()))
                self._running += taken
                self._held += taken
                return taken
        finally:
            self._turn.release()

    def give_back(self, count: int) -> None:
        """A poll brought `count` fewer than it reserved."""
        self._give(count, count)

    def finished(self) -> None:
        """A job no longer runs."""
        self._give(1, 0)

    def settled(self, count: int = 1) -> None:
        """Deliveries are no longer held."""
        self._give(0, count)

    def close(self) -> None:
        """Ends reservations, at a stop: a thread that waits for one gets 0 at once."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _give(self, running: int, held: int) -> None:
        with self._changed:
            self._running -= running
            self._held -= held
            # A thread that wants ten is woken once, not for each of them.
            if self._wanted and self._free() >= self._wanted:
                self._changed.notify()

    def _wait_for(self, slots: int, seconds: float) -> None:
        """Under the lock: waits until so many are free, or it is closed, or the time is up."""
        self._wanted = slots
        self._changed.wait_for(lambda: self._closed or self._free() >= slots, seconds)
        self._wanted = 0

    def _free(self) -> int:
        return min(self._max_running - self._running, self._max_held - self._held)
