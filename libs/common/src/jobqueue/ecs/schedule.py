"""Schedule of calls for task protection. Pure; used by the thread of `task_protection`.

What is wanted may change at any time; calls may fail, and a failed call may have taken effect nevertheless. Hence
three states of the protection at ECS: on, off, and unknown. Never reads a clock.
"""

from __future__ import annotations

from enum import Enum

RENEW_SECONDS = 200.0
"""Seconds after a success until protection is renewed: a third of the ten minutes that one call protects, so
that two thirds are left for further tries.
"""

SPACING_SECONDS = 2.0
"""Minimum between two calls: what is wanted may flip to and fro.

The ECS API is throttled per account and Region, over all tasks
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html).
"""

MAX_RETRY_SECONDS = 60.0
"""Maximum from a failure to the next try; the first tries come after 2, 4, 8, ... seconds."""


class Protection(Enum):
    """The state at ECS, as far as we know."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"
    """A call failed, and may have taken effect."""


class Schedule:
    """Owns what was last confirmed by ECS, and when. All times are monotonic seconds, given by the caller."""

    def __init__(
        self,
        expires_seconds: float,
        *,
        renew_seconds: float = RENEW_SECONDS,
        spacing_seconds: float = SPACING_SECONDS,
    ) -> None:
        """`expires_seconds` is how long one call protects."""
        self._expires_seconds = expires_seconds
        self._renew_seconds = renew_seconds
        self._spacing_seconds = spacing_seconds
        self._state = Protection.OFF
        self._failures = 0
        self._earliest = float("-inf")  # for a call that changes something or tries again
        self._renewal = float("-inf")
        self._lapses = float("-inf")  # no protection that we asked for outlives this

    def due(self, now: float, *, wanted: bool) -> float | None:
        """When the next call is due (it may be past), None while no call is needed."""
        if wanted:
            return self._renewal if self._state is Protection.ON else self._earliest
        return self._earliest if self.may_be_on(now) else None

    def may_be_on(self, now: float) -> bool:
        """Whether a protection that we asked for may be in force. Any thread."""
        return self._state is not Protection.OFF and now < self._lapses

    def hurry(self) -> None:
        """The next call need not wait for spacing or for an earlier failure: it may be the last."""
        self._earliest = float("-inf")

    def succeeded(self, now: float, *, enabled: bool) -> bool:
        """A call was confirmed. True if that changed the state at ECS, as far as we know."""
        state = Protection.ON if enabled else Protection.OFF
        changed = self._state is not state
        self._state = state
        self._failures = 0
        self._earliest = now + self._spacing_seconds
        if enabled:
            self._renewal = now + self._renew_seconds
            self._lapses = now + self._expires_seconds
        return changed

    def failed(self, now: float, *, enabled: bool) -> None:
        """A call was not confirmed."""
        self._state = Protection.UNKNOWN
        self._failures = min(self._failures + 1, 10)
        self._earliest = now + min(self._spacing_seconds * 2 ** (self._failures - 1), MAX_RETRY_SECONDS)
        if enabled:
            # It may have taken effect, or may yet, once the agent gets through to ECS.
            self._lapses = now + self._expires_seconds + MAX_RETRY_SECONDS
