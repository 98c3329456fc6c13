"""Figures computed from the runs: medians, spreads, ratios, and whether a target is met.

A message counts half when it is received and half when it is deleted, so that a window's ends, where some are in flight, do not
count calls for messages that they do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


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
    streams: int = 0
    """Log streams that were created in all; `jobctl` jobs wrote a log."""
    jobs: int = 0

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


@dataclass(frozen=True)
class Figure:
    """A median and how far the repeats lie around it."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        """The figure of at least one value."""
        return cls(median(values), min(values), max(values))

    @property
    def spread(self) -> float:
        """From the least to the most, as a share of the median."""
        return (self.most - self.least) / self.middle if self.middle else 0.0


@dataclass(frozen=True)
class Target:
    """A figure and its limit."""

    name: str
    figure: Figure
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the median meets the limit."""
        return self.figure.middle >= self.limit if self.at_least else self.figure.middle <= self.limit


def figure(runs: Sequence[Run], value: Callable[[Run], float]) -> Figure:
    """One value of several runs."""
    return Figure.of([value(run) for run in runs])


def ratio(ours: Sequence[Run], theirs: Sequence[Run], value: Callable[[Run], float]) -> Figure:
    """Ratio pair by pair: the two runs of one repeat lie next to each other in time, so what slowed one slowed the other."""
    return Figure.of([value(our) / value(their) for our, their in zip(ours, theirs, strict=True)])
