"""Text of the bench's report: tables, targets with ok or MISSED, and whether the machine was quiet enough for the figures to be believed."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import TYPE_CHECKING

from devkit.bench.figures import Figure, Run, Target, figure, ratio
from devkit.bench.plan import CPU_FLOORS, FIRST_RECEIVE_SECONDS, KEPT_SHARE, LATENCY_MS, PATHS, PEAK_MB

if TYPE_CHECKING:
    from devkit.bench.machine import Cores
    from devkit.bench.plan import JobPath, Plan
    from devkit.bench.rounds import Measured, Results

OTHERS_CORES = 0.15
STOLEN_CORES = 0.02
SPREAD = 0.15
"""Past these the machine was too busy to believe the bench: work of others and time stolen by the hypervisor, in cores, as medians over the
runs; and how far the CPU time of equal runs may lie apart, as a share of their median."""


def lines(plan: Plan, cores: Cores, results: Results) -> Iterator[str]:
    """The whole report."""
    yield from _head(plan, cores)
    yield ""
    yield from _costs(results)
    yield ""
    yield from _rates(results)
    yield ""
    yield from _targets(results)
    yield ""
    yield from _belief(results)


def targets(results: Results) -> list[Target]:
    """Every target of the bench, in the order of the report."""
    found: list[Target] = []
    for path in PATHS:
        measured = results.paths[path.name]
        found += [
            Target(
                f"{path.name}: API calls a message", figure(measured.fast, lambda run: run.calls_each), path.max_calls
            ),
            cpu_target(path, measured),
            Target(f"{path.name}: rate kept at {LATENCY_MS} ms", _kept(measured), KEPT_SHARE, at_least=True),
        ]
    fast = [run for path in PATHS for run in results.paths[path.name].fast]
    every = results.runs()
    found.append(
        Target(
            "first receive, s after start", figure(fast, lambda run: run.first_receive_seconds), FIRST_RECEIVE_SECONDS
        )
    )
    # A limit of memory is one for the worst run, not for the middle one.
    most = max(run.peak_mb for run in every)
    found.append(Target("peak memory, MB, worst run", Figure(most, min(run.peak_mb for run in every), most), PEAK_MB))
    return found


def cpu_target(path: JobPath, measured: Measured) -> Target:
    """CPU time over the floor's."""
    return Target(
        f"{path.name}: CPU, times the floor", ratio(measured.fast, measured.floor, lambda run: run.cpu_ms), CPU_FLOORS
    )


def doubts(results: Results) -> list[str]:
    """Why the figures should not be believed; empty where the machine was quiet."""
    found = []
    every = results.runs()
    others = figure(every, lambda run: run.others)
    stolen = figure(every, lambda run: run.stolen)
    if others.middle > OTHERS_CORES:
        found.append(f"other work took {others.middle:.2f} cores (at most {OTHERS_CORES:.2f})")
    if stolen.middle > STOLEN_CORES:
        found.append(f"the hypervisor stole {stolen.middle:.2f} cores (at most {STOLEN_CORES:.2f})")
    for name, measured in results.paths.items():
        for what, runs in (("floor", measured.floor), ("service", measured.fast)):
            spread = figure(runs, lambda run: run.cpu_ms).spread
            if spread > SPREAD:
                found.append(f"{name} {what}: CPU time of equal runs lies {spread:.0%} apart (at most {SPREAD:.0%})")
    return found


def _head(plan: Plan, cores: Cores) -> Iterator[str]:
    pinned = "not pinned: this system has one core, or cannot"
    if cores.measured is not None:
        pinned = f"measured process on core {cores.measured}, stand-in and sink on core {cores.rest}"
    yield f"Python {platform.python_version()}, {platform.machine()}; {pinned}"
    yield "settings: " + " ".join(f"{name}={value}" for name, value in plan.settings.items())
    yield "telemetry and INFO lines on; log streams without limit but where said: " + " ".join(
        f"{name}={value}" for name, value in plan.lifted.items()
    )
    spread = "median (least to most)" if plan.repeats > 1 else "no spread"
    yield f"repeats: {plan.repeats}, {spread}; messages measured in each run: " + ", ".join(
        f"{size.measured:,} {name}" for name, size in plan.sizes.items()
    )


def _costs(results: Results) -> Iterator[str]:
    yield f"{'for 1,000 messages':<27}{'CPU ms':>25}{'API calls':>25}{'CPU / floor':>23}"
    for name, measured in results.paths.items():
        yield _cost(f"{name}: floor", measured.floor)
        yield (
            _cost(f"{name}: service", measured.fast)
            + f"{_of(ratio(measured.fast, measured.floor, lambda run: run.cpu_ms), '.2f'):>23}"
        )
    run = results.overflow
    if run is not None:
        share = max(0.0, 1 - run.streams / run.jobs) if run.jobs else 0.0
        yield _cost("background: default share", [run])
        yield f"  at the default JOB_LOG_STREAMS_PER_SECOND {share:.0%} of its jobs wrote to the overflow stream, at {run.rate:,.0f} messages/s"


def _cost(name: str, runs: list[Run]) -> str:
    cpu = _of(figure(runs, lambda run: run.cpu_ms), ",.0f")
    calls = _of(figure(runs, lambda run: run.calls_each * 1000), ",.0f")
    return f"{name:<27}{cpu:>25}{calls:>25}"


def _rates(results: Results) -> Iterator[str]:
    slow = f"{LATENCY_MS} ms a call"
    yield f"{'messages/s, one process':<27}{'0 ms a call':>25}{slow:>25}{'kept':>23}"
    for name, measured in results.paths.items():
        fast = _of(figure(measured.fast, lambda run: run.rate), ",.0f")
        late = _of(figure(measured.slow, lambda run: run.rate), ",.0f")
        yield f"{name:<27}{fast:>25}{late:>25}{_of(_kept(measured), '.0%'):>23}"
        busy = figure(measured.fast, lambda run: run.busy).middle
        busy_late = figure(measured.slow, lambda run: run.busy).middle
        yield f"{'  of a core in use':<27}{busy:>25.0%}{busy_late:>25.0%}"


def _targets(results: Results) -> Iterator[str]:
    yield f"{'targets':<34}{'measured':>24}{'limit':>11}"
    for target in targets(results):
        sign = ">=" if target.at_least else "<="
        verdict = "ok" if target.met else "MISSED"
        yield f"{target.name:<34}{_of(target.figure, '.3g'):>24}{sign:>5}{target.limit:>6g}  {verdict}"


def _belief(results: Results) -> Iterator[str]:
    every = results.runs()
    messages = sum(run.jobs for run in every)
    yield f"telemetry: {results.exported_bytes:,} bytes exported, {results.exported_bytes / max(1, messages):,.0f} a message"
    if not results.exported_bytes:
        yield "TELEMETRY WAS OFF: nothing reached the sink, so this is not the bench that it says it is"
    found = doubts(results)
    others = figure(every, lambda run: run.others).middle
    stolen = figure(every, lambda run: run.stolen).middle
    if found:
        yield "MACHINE TOO BUSY TO BELIEVE: " + "; ".join(found)
    else:
        yield f"machine quiet: other work took {others:.2f} cores, the hypervisor {stolen:.2f}"


def _kept(measured: Measured) -> Figure:
    return ratio(measured.slow, measured.fast, lambda run: run.rate)


def _of(found: Figure, form: str) -> str:
    if found.least == found.most:
        return f"{found.middle:{form}}"
    return f"{found.middle:{form}} ({found.least:{form}} to {found.most:{form}})"
