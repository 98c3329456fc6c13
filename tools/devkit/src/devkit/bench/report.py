"""Text of the bench's report: one table, and whether the machine was quiet enough for it to be believed."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from devkit.bench.plan import FIRST_RECEIVE_SECONDS, LATENCY_MS, PEAK_MB

if TYPE_CHECKING:
    from devkit.bench.figures import Run
    from devkit.bench.machine import Cores
    from devkit.bench.plan import Plan
    from devkit.bench.rounds import Measured

OTHERS_CORES = 0.15
STOLEN_CORES = 0.02
SPREAD = 0.15
"""Past these the machine was too busy to believe the bench: work of others and time stolen by the hypervisor, in cores, as medians over the
runs; and how far the CPU time of equal runs may lie apart, as a share of their median."""


def lines(plan: Plan, cores: Cores, results: Sequence[Measured], exported_bytes: int) -> Iterator[str]:
    """The whole report. A figure is a median, with the least and the most of the repeats; a MISSED beside it says that it is past its target."""
    pinned = "not pinned: this system has one core, or cannot"
    if cores.measured is not None:
        pinned = f"measured process on core {cores.measured}, stand-in and sink on core {cores.rest}"
    yield f"Python {platform.python_version()}, {platform.machine()}; {pinned}"
    for path in plan.paths:
        yield f"{path.name}: " + " ".join(f"{name}={value}" for name, value in path.settings.items())
    yield f"repeats: {plan.repeats}"
    yield (
        f"telemetry: {exported_bytes:,} bytes exported" if exported_bytes else "TELEMETRY WAS OFF: nothing was exported"
    )
    yield ""
    yield f"{'':<32}" + "".join(f"{one.path.name:>30}" for one in results) + "   target"
    for row in _rows():
        told = " / ".join(dict.fromkeys(_shown(row.target(one)) for one in results)) if row.target else ""
        yield f"{row.name:<32}" + "".join(f"{row.cell(one):>30}" for one in results) + f"   {told}".rstrip()
    yield ""
    found = doubts(results)
    yield "MACHINE TOO BUSY TO BELIEVE: " + "; ".join(found) if found else "The machine was quiet."


class Row(NamedTuple):
    """One line of the table. `values`: a figure for each repeat. `target`: its limit, at most or `at_least`, where the path has one."""

    name: str
    values: Callable[[Measured], list[float]]
    form: str
    target: Callable[[Measured], float | None] | None = None
    at_least: bool = False

    def cell(self, one: Measured) -> str:
        """The figure of one path."""
        values = self.values(one)
        middle, least, most = median(values), min(values), max(values)
        spread = "" if least == most else f" ({least:{self.form}} to {most:{self.form}})"
        target = None if self.target is None else self.target(one)
        past = 0.0 if target is None else (middle - target) * (-1 if self.at_least else 1)
        return ("MISSED " if past > 0 else "") + f"{middle:{self.form}}{spread}"


def _shown(target: float | None) -> str:
    return "-" if target is None else f"{target:g}"


def _rows() -> Iterator[Row]:
    def each(runs: str, figure: Callable[[Run], float]) -> Callable[[Measured], list[float]]:
        return lambda one: [figure(run) for run in getattr(one, runs)]

    def pairs(ours: str, theirs: str, figure: Callable[[Run], float]) -> Callable[[Measured], list[float]]:
        """Ratios within each repeat, whose runs lie next to each other in time: what slowed one slowed the other."""
        return lambda one: [
            figure(our) / figure(their) for our, their in zip(getattr(one, ours), getattr(one, theirs), strict=True)
        ]

    late = f"at {LATENCY_MS} ms a call"
    yield Row("floor: CPU ms, 1,000 messages", each("floor", lambda run: run.cpu_ms), ",.0f")
    yield Row("service: CPU ms, 1,000 messages", each("fast", lambda run: run.cpu_ms), ",.0f")
    yield Row(
        "CPU, times the floor", pairs("fast", "floor", lambda run: run.cpu_ms), ".2f", lambda one: one.path.max_floors
    )
    yield Row("floor: API calls a message", each("floor", lambda run: run.calls_each), ".3f")
    calls = each("fast", lambda run: run.calls_each)
    yield Row("service: API calls a message", calls, ".3f", lambda one: one.path.max_calls)
    yield Row("with records: CPU ms", each("recorded", lambda run: run.cpu_ms), ",.0f")
    recorded = pairs("recorded", "fast", lambda run: run.cpu_ms)
    yield Row("with records: CPU, times without", recorded, ".2f", lambda one: one.path.max_records_cpu)
    yield Row("with records: API calls more", _more_calls, ".3f", lambda one: one.path.max_records_calls)
    yield Row("with records: peak memory, MB", lambda one: [max(run.peak_mb for run in one.recorded)], ".0f")
    yield Row("messages/s", each("fast", lambda run: run.rate), ",.0f")
    late_rate = each("slow", lambda run: run.rate)
    yield Row(f"messages/s {late}", late_rate, ",.0f", lambda one: one.path.min_late_rate, at_least=True)
    kept = pairs("slow", "fast", lambda run: run.rate)
    yield Row(f"rate kept {late}", kept, ".2f", lambda one: one.path.min_kept, at_least=True)
    yield Row("of a core in use", each("fast", lambda run: run.busy), ".2f")
    yield Row(f"of a core in use {late}", each("slow", lambda run: run.busy), ".2f")
    first = each("fast", lambda run: run.first_receive_seconds)
    yield Row("first receive, s after start", first, ".2f", lambda _: FIRST_RECEIVE_SECONDS)
    # A limit of memory is one for the worst run, not for the middle one.
    yield Row(
        "peak memory, MB, worst run",
        lambda one: [max(run.peak_mb for run in (*one.fast, *one.slow))],
        ".0f",
        lambda _: PEAK_MB,
    )


def _more_calls(one: Measured) -> list[float]:
    return [ours.calls_each - theirs.calls_each for ours, theirs in zip(one.recorded, one.fast, strict=True)]


def doubts(results: Sequence[Measured]) -> list[str]:
    """Why the figures should not be believed; empty where the machine was quiet."""
    found = []
    runs = [run for one in results for run in (*one.fast, *one.slow)]
    others, stolen = median(run.others for run in runs), median(run.stolen for run in runs)
    if others > OTHERS_CORES:
        found.append(f"other work took {others:.2f} cores (at most {OTHERS_CORES:.2f})")
    if stolen > STOLEN_CORES:
        found.append(f"the hypervisor stole {stolen:.2f} cores (at most {STOLEN_CORES:.2f})")
    for one in results:
        for what, equal in (("floor", one.floor), ("service", one.fast)):
            cpu = [run.cpu_ms for run in equal]
            spread = (max(cpu) - min(cpu)) / median(cpu)
            if spread > SPREAD:
                found.append(
                    f"{one.path.name} {what}: CPU time of equal runs lies {spread:.0%} apart (at most {SPREAD:.0%})"
                )
    return found
