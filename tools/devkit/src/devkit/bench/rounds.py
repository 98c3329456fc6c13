"""Order of the measurements: floor and services by turns, so that what slows the machine for a while slows both.

One local AWS and one sink serve the whole bench, on a core that is not measured; both are emptied before every run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from devkit.bench import floor
from devkit.bench.aws import Aws, Sample
from devkit.bench.consumer import ConsumerProcess, Watch
from devkit.bench.plan import BACKGROUND, LATENCY_MS, MAIN
from devkit.bench.sink import Sink
from localaws.fast_aws import FastAwsProcess

if TYPE_CHECKING:
    from devkit.bench.figures import Run
    from devkit.bench.machine import Cores
    from devkit.bench.plan import JobPath, Plan

Seen = TypeVar("Seen")
_SAMPLED = 10


@dataclass
class Measured:
    """The runs of one path, one of each kind for every repeat."""

    path: JobPath
    floor: list[Run] = field(default_factory=list)
    fast: list[Run] = field(default_factory=list)
    slow: list[Run] = field(default_factory=list)
    recorded: list[Run] = field(default_factory=list)
    """As fast, with job records."""


class Bench:
    """Owns the local AWS and the sink while it runs. `say` is called with what is being measured."""

    def __init__(self, plan: Plan, cores: Cores, fast_aws: FastAwsProcess, sink: Sink) -> None:
        self._plan = plan
        self._cores = cores
        self._fast_aws = fast_aws
        self._sink = sink
        self._aws = Aws(fast_aws)

    def measure(self, say: Callable[[str], None]) -> list[Measured]:
        """Measure everything, in order.

        Raises:
            ConsumerError: a service ended or stalled.
        """
        say("a sample of each service's messages")
        sample = self._take_sample()
        found = [Measured(path) for path in self._plan.paths]
        for repeat in range(1, self._plan.repeats + 1):
            for one in found:
                say(f"repeat {repeat} of {self._plan.repeats}: {one.path.name}")
                one.floor.append(self._floor(one.path, sample))
                one.fast.append(self._service(one.path, sample, 0))
                one.recorded.append(self._service(one.path, sample, 0, records=True))
                one.slow.append(self._service(one.path, sample, LATENCY_MS))
        return found

    def _take_sample(self) -> Sample:
        """Let both services do a few jobs; the floor and the background backlog copy these from then on."""
        self._drive(MAIN, _SAMPLED, None, lambda watch: watch.until_deleted(_SAMPLED))
        sample = self._aws.sent_job()
        self._drive(BACKGROUND, _SAMPLED, sample, lambda watch: watch.until_deleted(_SAMPLED))
        return replace(sample, events=self._aws.written_log())

    def _floor(self, path: JobPath, sample: Sample) -> Run:
        self._aws.renew()
        self._aws.fill(path, path.floor.warm_up + path.floor.measured + 10, sample)
        return floor.measure(path, sample, self._aws.environment(), self._cores.measured)

    def _service(self, path: JobPath, sample: Sample, latency_ms: float, *, records: bool = False) -> Run:
        # Messages behind the measured ones keep the consumer as busy at the end as in the middle.
        backlog = path.service.warm_up + path.service.measured + 2 * path.max_unsettled
        return self._drive(path, backlog, sample, lambda watch: watch.run(path.service), latency_ms, records=records)

    def _drive(
        self,
        path: JobPath,
        backlog: int,
        sample: Sample | None,
        watched: Callable[[Watch], Seen],
        latency_ms: float = 0,
        *,
        records: bool = False,
    ) -> Seen:
        """Runs a service on a backlog, and gives what `watched` has seen."""
        self._aws.renew()
        self._aws.fill(path, backlog, sample)
        self._fast_aws.faults(latency_ms=latency_ms)
        environment = {
            **self._aws.environment(records=records),
            **path.settings,
            "OTEL_EXPORTER_OTLP_ENDPOINT": self._sink.endpoint,
        }
        if backlog == _SAMPLED:  # the backlog ends before the consumer does, whose stop would wait for a long poll
            environment["POLL_WAIT_SECONDS"] = "1"
        with ConsumerProcess(path, environment, self._cores.measured) as consumer:
            return watched(Watch(consumer, self._fast_aws, (self._fast_aws.pid, self._sink.pid, os.getpid())))
