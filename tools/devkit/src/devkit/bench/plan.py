"""The paths that are measured, their sizes, settings and targets; every number of the bench is set here."""

from __future__ import annotations

from dataclasses import dataclass, replace

LATENCY_MS = 20
"""Of every call in the slow runs: an SQS or Logs call inside its Region takes about so long."""
KEPT_SHARE = 0.8
FIRST_RECEIVE_SECONDS = 0.25
PEAK_MB = 60
"""The targets that both paths share: rate at LATENCY_MS over the rate at 0 ms, and two limits of one process."""


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
    """One of the two ways of a message. `max_calls` and `max_floors`: the targets of API calls a message, and of CPU over the floor's. `floor` is
    smaller: one thread that waits for each answer takes longer, and each call costs the same."""

    name: str
    module: str
    max_calls: float
    max_floors: float
    service: Size
    floor: Size


MAIN = JobPath("main", "main_job", 0.32, 0.65, Size(1000, 3000), Size(200, 2000))
BACKGROUND = JobPath("background", "background_job", 2.25, 0.4, Size(300, 1500), Size(50, 500))


@dataclass(frozen=True)
class Plan:
    """One bench. `divisor`: how many times fewer messages than usual. The same settings at 0 ms and at LATENCY_MS."""

    repeats: int = 3
    divisor: int = 1
    max_concurrency: int = 64
    max_unsettled: int = 400

    @property
    def paths(self) -> tuple[JobPath, ...]:
        """Both paths, with the sizes of this bench."""
        return tuple(
            replace(one, service=one.service.divided(self.divisor), floor=one.floor.divided(self.divisor))
            for one in (MAIN, BACKGROUND)
        )

    @property
    def settings(self) -> dict[str, str]:
        """Those of the services. The last one keeps the limiter of CreateLogStream out of the background runs."""
        return {
            "MAX_CONCURRENCY": str(self.max_concurrency),
            "MAX_UNSETTLED": str(self.max_unsettled),
            "JOB_LOG_STREAMS_PER_SECOND": "100000",
        }
