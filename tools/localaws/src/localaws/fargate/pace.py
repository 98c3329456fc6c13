"""Delay before a task that ended by itself is replaced.

None the first time; then longer and longer, as long as no task works: ECS throttles a service that cannot start its tasks, too.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
"""

from __future__ import annotations

FIRST_SECONDS = 1.0
MAX_SECONDS = 30.0
"""Shorter than ECS's, which is up to 15 minutes: a user is waiting."""


class Pace:
    """The delay of one deployment. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._failures = 0
        self._not_before = 0.0

    def failed(self, now: float) -> None:
        """Record that a task ended without having been stopped."""
        if self._failures:
            self._not_before = now + min(MAX_SECONDS, FIRST_SECONDS * 2 ** (self._failures - 1))
        self._failures += 1

    def worked(self) -> None:
        """Record that a task has run long enough to count as working."""
        self._failures = 0
        self._not_before = 0.0

    def wait_seconds(self, now: float) -> float:
        """How long to wait before the next start; 0 is now."""
        return max(0.0, self._not_before - now)
