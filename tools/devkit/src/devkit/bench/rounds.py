"""Order of the measurements: floor and services by turns, so that what slows the machine for a while slows both.

One local AWS and one sink serve the whole bench, on a core that is not measured; both are emptied before every run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from devkit.bench import floor
from devkit.bench.aws import Aws, Sample
from devkit.bench.consumer import ConsumerProcess, Watch
from devkit.bench.plan import BACKGROUND, LATENCY_MS, MAIN, PATHS
from devkit.bench.sink import Sink
from localaws.fast_aws import FastAwsProcess

if TYPE_CHECKING:
    from devkit.bench.figures import Run
    from devkit.bench.machine import Cores
    from devkit.bench.plan import JobPath, Plan, Size

Seen = TypeVar("Seen")
_SAMPLED = 10
_SOON_OVER = {"POLL_WAIT_SECONDS": "1"}
"""Where the backlog ends before the consumer does, its stop would wait for a long poll."""


@dataclass
class Measured:
    """The runs of one path, one of each kind for every repeat."""

    floor: list[Run] = field(default_factory=list)
    fast: list[Run] = field(default_factory=list)
    slow: list[Run] = field(default_factory=list)


@dataclass
class Results:
    """All runs of a bench. `overflow` is the background path at the default share of CreateLogStream; bytes are of telemetry."""

    paths: dict[str, Measured] = field(default_factory=lambda: {path.name: Measured() for path in PATHS})
    overflow: Run | None = None
    exported_bytes: int = 0

    def runs(self) -> list[Run]:
        """All runs of the services, without the floor."""
        runs = [run for path in self.paths.values() for run in (*path.fast, *path.slow)]
        return runs if self.overflow is None else [*runs, self.overflow]


class Bench:
    """Owns the local AWS and the sink while it runs. `say` is called with what is being measured."""

    def __init__(self, plan: Plan, cores: Cores, fast_aws: FastAwsProcess, sink: Sink) -> None:
        self._plan = plan
        self._cores = cores
        self._fast_aws = fast_aws
        self._sink = sink
        self._aws = Aws(fast_aws)
        self._sample: Sample | None = None

    def measure(self, say: Callable[[str], None]) -> Results:
        """Measure everything, in order.

        Raises:
            ConsumerError: a service ended or stalled.
        """
        results = Results()
        self._take_sample(say)
        for repeat in range(1, self._plan.repeats + 1):
            for path in PATHS:
                measured, size = results.paths[path.name], self._plan.sizes[path.name]
                say(f"repeat {repeat} of {self._plan.repeats}: {path.name}, floor")
                measured.floor.append(self.floor(path, self._plan.floors[path.name]))
                say(f"repeat {repeat} of {self._plan.repeats}: {path.name}, 0 ms a call")
                measured.fast.append(self.service(path, size, self._plan.lifted))
                say(f"repeat {repeat} of {self._plan.repeats}: {path.name}, {LATENCY_MS} ms a call")
                measured.slow.append(self.service(path, size, self._plan.lifted, LATENCY_MS))
        say("background at the default share of log streams")
        results.overflow = self.service(BACKGROUND, self._plan.overflow, {})
        results.exported_bytes = self._sink.received_bytes()
        return results

    def _take_sample(self, say: Callable[[str], None]) -> None:
        """Let both services do a few jobs; the floor and the background backlog copy these from then on."""
        say("a sample of each service's messages")
        self._drive(MAIN, _SAMPLED, _SOON_OVER, lambda watch: watch.until_deleted(_SAMPLED))
        self._sample = self._aws.sent_job()
        self._drive(
            BACKGROUND, _SAMPLED, {**self._plan.lifted, **_SOON_OVER}, lambda watch: watch.until_deleted(_SAMPLED)
        )
        self._sample = replace(self._sample, events=self._aws.written_log())

    def floor(self, path: JobPath, size: Size) -> Run:
        """Bare boto3."""
        assert self._sample is not None, "_take_sample comes first"
        self._aws.renew()
        self._aws.fill(path, size.warm_up + size.measured + 10, self._sample)
        return floor.measure(path, size, self._sample, self._aws.environment(), self._cores.measured)

    def service(self, path: JobPath, size: Size, settings: Mapping[str, str], latency_ms: float = 0) -> Run:
        """One run of the real process."""
        backlog = size.warm_up + size.measured + self._plan.tail()
        return self._drive(path, backlog, settings, lambda watch: watch.run(size), latency_ms)

    def _drive(
        self,
        path: JobPath,
        backlog: int,
        settings: Mapping[str, str],
        watched: Callable[[Watch], Seen],
        latency_ms: float = 0,
    ) -> Seen:
        """Runs a service on a backlog, and gives what `watched` has seen."""
        self._aws.renew()
        self._aws.fill(path, backlog, self._sample)
        self._fast_aws.faults(latency_ms=latency_ms)
        environment = {
            **self._aws.environment(),
            **self._plan.settings,
            **settings,
            "OTEL_EXPORTER_OTLP_ENDPOINT": self._sink.endpoint,
        }
        with ConsumerProcess(path, environment, self._cores.measured) as consumer:
            return watched(Watch(consumer, self._fast_aws, (self._fast_aws.pid, self._sink.pid, os.getpid())))
