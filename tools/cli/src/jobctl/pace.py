"""A rate limit for messages; the clock and the waiting are passed in."""

from __future__ import annotations

from collections.abc import Callable

MIN_RATE = 0.1
"""Messages a second: at less than one in ten seconds, letters that were received could become visible again before their turn."""


class Pace:
    """Lets `per_second` messages pass, evenly; None: as fast as possible. Lost time is not made up for."""

    def __init__(
        self, per_second: float | None, *, clock: Callable[[], float], wait: Callable[[float], object]
    ) -> None:
        if per_second is not None and per_second < MIN_RATE:
            raise ValueError(f"the rate must be at least {MIN_RATE} messages a second, not {per_second}")
        self._per_second = per_second
        self._clock = clock
        self._wait = wait
        self._free_at = clock()

    @property
    def at_once(self) -> int:
        """Messages to receive at once: at most a second's worth, so that none is held for long before its turn."""
        return 10 if self._per_second is None else max(1, min(10, int(self._per_second)))

    def take(self, count: int) -> None:
        """Returns when `count` messages may go."""
        if self._per_second is None:
            return
        now = self._clock()
        if self._free_at > now:
            self._wait(self._free_at - now)
        self._free_at = max(self._free_at, now) + count / self._per_second
