"""How soon is a task that ended by itself replaced? Layer: tools; pure, owned by the scheduler's thread.

At once the first time; then later and later, while none works: ECS throttles a service that cannot start its tasks, too.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
"""

from __future__ import annotations

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 30.0
"""Shorter than ECS's, which is up to 15 minutes: somebody sits here and waits."""


class Pace:
    """Of one deployment. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._failures = 0
        self._not_before = 0.0

    def failed(self, now: float) -> None:
        """A task ended that nobody told to."""
        if self._failures:
            self._not_before = now + min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (self._failures - 1))
        self._failures += 1

    def worked(self) -> None:
        """A task lives long enough to be trusted."""
        self._failures = 0
        self._not_before = 0.0

    def wait_seconds(self, now: float) -> float:
        """How long to wait before the next start; 0 is now."""
        return max(0.0, self._not_before - now)
