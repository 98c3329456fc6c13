"""The paths that are measured, their sizes, settings and targets; every number of the bench is set here."""

from __future__ import annotations

from dataclasses import dataclass, replace

LATENCY_MS = 20
"""Of every call in the slow runs: an SQS or Logs call inside its Region takes about so long."""
FIRST_RECEIVE_SECONDS = 0.25
PEAK_MB = 60
"""The targets that both paths share."""


@dataclass(frozen=True)
class Size:
    """How many messages one run settles before its measurement begins, and during it."""

    warm_up: int
    measured: int

    def divided(self, divisor: int) -> Size:
        """The same with fewer messages."""
        return Size(max(10, self.warm_up // divisor), max(20, self.measured // divisor))


@dataclass(frozen=True)
class JobPath:
    """One of the two ways of a message, its sizes, its settings, the same at 0 ms and at LATENCY_MS, and its targets: API calls a message, CPU over
    the floor's, messages/s at LATENCY_MS, and that over the rate at 0 ms. `floor` is smaller: one thread that waits for each answer takes longer,
    and each call costs the same."""

    name: str
    module: str
    service: Size
    floor: Size
    max_calls: float
    max_floors: float
    min_late_rate: float
    min_kept: float | None
    max_concurrency: int
    max_polls: int
    max_unsettled: int
    settle_calls: int
    max_records_cpu: float | None = None
    max_records_calls: float | None = None
    """With job records: CPU over that without them, and API calls more a message."""

    @property
    def settings(self) -> dict[str, str]:
        """Of the service. The last one keeps the limiter of CreateLogStream out of the background runs."""
        return {
            "MAX_CONCURRENCY": str(self.max_concurrency),
            "MAX_POLLS": str(self.max_polls),
            "MAX_UNSETTLED": str(self.max_unsettled),
            "SETTLE_CALLS": str(self.settle_calls),
            "JOB_LOG_STREAMS_PER_SECOND": "100000",
        }


MAIN = JobPath(
    "main",
    "main_job",
    Size(1000, 3000),
    Size(200, 2000),
    max_calls=0.32,
    max_floors=0.65,
    min_late_rate=2000,
    min_kept=0.9,
    # A receive of ten reserves ten slots for as long as it takes: 3,000 messages a second need at least 60 at 20 ms, and as many again while answers
    # wait for the interpreter. So does each step of settling, which has callers of its own.
    max_concurrency=160,
    max_polls=16,
    max_unsettled=800,
    settle_calls=24,
)
BACKGROUND = JobPath(
    "background",
    "background_job",
    Size(300, 1500),
    Size(50, 500),
    max_calls=2.25,
    max_floors=0.4,
    min_late_rate=700,
    min_kept=None,
    max_concurrency=64,
    max_polls=8,
    max_unsettled=200,
    settle_calls=16,
    max_records_cpu=1.4,
    max_records_calls=2.05,
)


@dataclass(frozen=True)
class Plan:
    """One bench. `divisor`: how many times fewer messages than usual."""

    repeats: int = 3
    divisor: int = 1
    full: tuple[JobPath, ...] = (MAIN, BACKGROUND)

    @property
    def paths(self) -> tuple[JobPath, ...]:
        """Both paths, with the sizes of this bench."""
        return tuple(
            replace(one, service=one.service.divided(self.divisor), floor=one.floor.divided(self.divisor))
            for one in self.full
        )
