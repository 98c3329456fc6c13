"""The bench's report: the figures, the targets missed, and the reasons to distrust a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devkit.bench.figures import Run, Snapshot
from devkit.bench.machine import Cores
from devkit.bench.plan import Plan
from devkit.bench.report import doubts, lines
from devkit.bench.rounds import Measured

FLOOR = Run(messages=3000, seconds=1.0, cpu_seconds=3.6, calls=900)
GOOD = Run(3000, 1.3, 1.2, 900, first_receive_seconds=0.2, peak_mb=50)
SLOW = replace(GOOD, seconds=1.4)


def results(fast: Run = GOOD, slow: Run = SLOW, recorded: Run | None = None) -> list[Measured]:
    return [Measured(path, [FLOOR] * 3, [fast] * 3, [slow] * 3, [recorded or fast] * 3) for path in Plan().paths]


def told(found: list[Measured], exported_bytes: int = 4_000_000) -> str:
    return "\n".join(lines(Plan(), Cores(1, 0), found, exported_bytes))


def missed(found: list[Measured]) -> list[str]:
    """The names of the rows with a figure past its target."""
    return [line.partition("  ")[0] for line in told(found).splitlines() if "MISSED" in line]


def test_a_window_counts_messages_half_at_each_end_and_the_work_of_others_never_below_zero() -> None:
    first, last = Snapshot(10, 1, 500, 300, 90, 1, 100, 0), Snapshot(12, 2.5, 2600, 2200, 690, 2.5, 102.5, 0)
    run = Run.between(first, last)
    assert (run.messages, run.calls_each, run.rate, run.busy, run.others) == (2000, 0.3, 1000, 0.75, 0.5)
    assert run.cpu_ms == pytest.approx(750)
    assert Run.between(first, replace(last, busy=101.4)).others == 0  # clock ticks that lag behind


def test_a_good_bench_misses_nothing_and_is_believed() -> None:
    text = told(results())
    assert "MISSED" not in text
    assert "The machine was quiet." in text
    assert "measured process on core 1, stand-in and sink on core 0" in text


def test_each_target_is_missed_by_its_own_figure_and_that_of_memory_by_one_run() -> None:
    assert missed(results(fast=replace(GOOD, calls=7000))) == ["service: API calls a message"]
    assert missed(results(fast=replace(GOOD, cpu_seconds=2.4))) == ["CPU, times the floor"]
    assert missed(results(fast=replace(GOOD, first_receive_seconds=0.26))) == ["first receive, s after start"]
    late = replace(SLOW, seconds=1.6)
    assert missed(results(slow=late)) == ["messages/s at 20 ms a call", "rate kept at 20 ms a call"]
    (kept,) = [line for line in told(results(slow=late)).splitlines() if line.startswith("rate kept")]
    assert kept.split()[-6:] == ["MISSED", "0.81", "0.81", "0.9", "/", "-"]
    assert missed(results(recorded=replace(GOOD, cpu_seconds=1.8))) == ["with records: CPU, times without"]
    assert missed(results(recorded=replace(GOOD, calls=7200))) == ["with records: API calls more"]
    found = results()
    found[0].slow[1] = replace(SLOW, peak_mb=65)
    assert missed(found) == ["peak memory, MB, worst run"]


def test_a_ratio_is_taken_within_each_repeat_so_that_a_slow_minute_cancels_out() -> None:
    found = results()
    found[0].floor[1], found[0].fast[1] = replace(FLOOR, cpu_seconds=7.2), replace(GOOD, cpu_seconds=2.4)
    (row,) = [line for line in told(found).splitlines() if line.startswith("CPU, times the floor")]
    assert row.split()[4:6] == ["0.33", "0.33"]


def test_a_busy_machine_is_named_with_its_reasons() -> None:
    busy = replace(GOOD, others=0.5)
    found = results(fast=busy, slow=busy)
    found[0].fast[2] = replace(busy, cpu_seconds=1.5)
    assert doubts(found) == [
        "other work took 0.50 cores (at most 0.15)",
        "main service: CPU time of equal runs lies 25% apart (at most 15%)",
    ]
    assert "MACHINE TOO BUSY TO BELIEVE" in told(found)


def test_a_bench_without_telemetry_does_not_pass_for_one_with_it() -> None:
    assert "TELEMETRY WAS OFF" in told(results(), exported_bytes=0)
