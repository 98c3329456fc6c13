"""Doubles of the platform: records of what the worker asked of it. Any thread."""

from __future__ import annotations

from jobqueue.testing.clock import GIVE_UP_SECONDS
from jobqueue.testing.recording import Recording


class RecordingTaskProtection:
    """Implements `TaskProtection`. Records `protect`, `release` and `close`, in order. A test pauses the service with `paused`."""

    def __init__(self) -> None:
        self.paused = False
        self.calls: Recording[str] = Recording()

    @property
    def wanted(self) -> bool:
        """Whether protection is asked for now."""
        return self.calls.all()[-1:] == ["protect"]

    def protect(self) -> None:
        """See the port."""
        self.calls.add("protect")

    def release(self) -> None:
        """See the port."""
        self.calls.add("release")

    def close(self, seconds: float) -> None:
        """See the port."""
        self.calls.add("close")


class RecordingHeartbeat:
    """Implements `Heartbeat`. Counts them."""

    def __init__(self) -> None:
        self._beats: Recording[None] = Recording()

    @property
    def count(self) -> int:
        """Heartbeat so far."""
        return len(self._beats.all())

    def beat(self) -> None:
        """See the port."""
        self._beats.add(None)

    def wait_for_count(self, beats: int, timeout: float = GIVE_UP_SECONDS) -> None:
        """Blocks until there were `beats` in all.

        Raises:
            TimeoutError: they did not come within `timeout` real seconds.
        """
        self._beats.wait_for(lambda seen: len(seen) >= beats, timeout)
