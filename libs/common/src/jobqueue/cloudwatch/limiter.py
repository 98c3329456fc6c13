"""The pace at which log streams are created. Pure: the caller brings the time.

A token bucket kept as one number, the time at which the next token falls due (GCRA). A caller gets the time to wait for its place,
so that it need not block; one that would wait too long gets none, and takes no token.
"""

from __future__ import annotations

PAUSE_SECONDS = 1.0
"""After a throttled call: the quota is counted by the second."""


class StreamLimiter:
    """At most `per_second` places a second over time, and a second's worth (at least one) at once after a quiet time."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1.0 / per_second
        self._burst = max(0.0, 1.0 - self._gap)
        self._next = float("-inf")

    def reserve(self, now: float, max_wait: float) -> float | None:
        """Seconds (0 or more) until the caller's turn, which is then the caller's; None when that is more than `max_wait`."""
        turn = max(self._next, now - self._burst)
        wait = max(0.0, turn - now)
        if wait > max_wait:
            return None
        self._next = turn + self._gap
        return wait

    def pause(self, now: float) -> None:
        """The service throttled us although we kept to our share: no stream is created within the next second."""
        self._next = max(self._next, now + PAUSE_SECONDS)
