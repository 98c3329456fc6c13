"""The paths that are measured, their settings and their targets; every number of the bench is set here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

LATENCY_MS = 20
"""Of every call in the slow runs: an SQS or Logs call inside its Region takes about so long."""

CPU_FLOORS = 1.5
KEPT_SHARE = 0.8
FIRST_RECEIVE_SECONDS = 0.6
PEAK_MB = 90
"""The targets that both paths share: CPU over the floor's, rate at LATENCY_MS over the rate at 0 ms, and two limits of one process."""


@dataclass(frozen=True)
class JobPath:
    """One of the two ways of a message. `max_calls`: the target of API calls a message."""

    name: str
    module: str
    max_calls: float


MAIN = JobPath("main", "main_job", 0.32)
BACKGROUND = JobPath("background", "background_job", 2.25)
PATHS = (MAIN, BACKGROUND)


@dataclass(frozen=True)
class Size:
    """How many messages one run settles before its measurement begins, and during it."""

    warm_up: int
    measured: int


@dataclass(frozen=True)
class Plan:
    """One bench. The same settings at 0 ms and at LATENCY_MS."""

    repeats: int = 3
    sizes: Mapping[str, Size] = field(
        default_factory=lambda: {MAIN.name: Size(1000, 3000), BACKGROUND.name: Size(300, 1500)}
    )
    floors: Mapping[str, Size] = field(
        default_factory=lambda: {MAIN.name: Size(200, 2000), BACKGROUND.name: Size(50, 500)}
    )
    """Fewer: one thread that waits for each answer takes longer, and each call costs the same."""
    overflow: Size = Size(100, 600)
    """Of the run at the default share of CreateLogStream, which is slow because each log waits for its stream first."""
    settings: Mapping[str, str] = field(
        default_factory=lambda: {
            "MAX_CONCURRENCY": "64",
            "MAX_UNSETTLED": "400",
        }
    )
    lifted: Mapping[str, str] = field(default_factory=lambda: {"JOB_LOG_STREAMS_PER_SECOND": "100000"})
    """Setting that keeps the limiter of CreateLogStream out of the other background runs."""

    def tail(self) -> int:
        """Messages behind the measured ones, so that the consumer is as busy at the end as in the middle."""
        return 2 * int(self.settings["MAX_UNSETTLED"])

    def quick(self) -> Plan:
        """A short bench: one repeat, half as many messages, so no spread."""
        return self.smaller(2, repeats=1)

    def smaller(self, divisor: int, *, repeats: int) -> Plan:
        """The same with fewer messages."""
        sizes = {name: _part(size, divisor) for name, size in self.sizes.items()}
        floors = {name: _part(size, divisor) for name, size in self.floors.items()}
        return replace(self, repeats=repeats, sizes=sizes, floors=floors, overflow=_part(self.overflow, divisor))


def _part(size: Size, divisor: int) -> Size:
    return Size(max(10, size.warm_up // divisor), max(20, size.measured // divisor))
