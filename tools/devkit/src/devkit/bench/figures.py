"""One run's figures, from two looks at it.

A message counts half when it is received and half when it is deleted, so that a window's ends, where some are in flight, do not
count calls for messages that they do not count.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Snapshot:
    """One look at a run. `at` is monotonic seconds, `ours` the CPU seconds of all processes of the bench, `busy` and `stolen` the machine's."""

    at: float
    cpu_seconds: float
    received: int
    deleted: int
    calls: int
    ours: float
    busy: float
    stolen: float


@dataclass(frozen=True)
class Run:
    """What one run measured between two snapshots. Seconds, MB of 1,000,000 bytes; `others` and `stolen` in cores."""

    messages: float
    seconds: float
    cpu_seconds: float
    calls: int
    others: float = 0.0
    stolen: float = 0.0
    first_receive_seconds: float = 0.0
    peak_mb: float = 0.0

    @classmethod
    def between(cls, first: Snapshot, last: Snapshot) -> Run:
        """The window from the first to the last."""
        seconds = last.at - first.at
        others = (last.busy - first.busy) - (last.ours - first.ours)
        return cls(
            messages=(last.received - first.received + last.deleted - first.deleted) / 2,
            seconds=seconds,
            cpu_seconds=last.cpu_seconds - first.cpu_seconds,
            calls=last.calls - first.calls,
            others=max(0.0, others / seconds),
            stolen=(last.stolen - first.stolen) / seconds,
        )

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds for 1,000 messages."""
        return self.cpu_seconds / self.messages * 1_000_000

    @property
    def calls_each(self) -> float:
        """API calls a message."""
        return self.calls / self.messages

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def busy(self) -> float:
        """Share of the time that the process had a core."""
        return self.cpu_seconds / self.seconds
