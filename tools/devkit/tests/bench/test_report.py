"""The bench's report: the figures, the targets missed, and the reasons to distrust a run."""

from __future__ import annotations

from dataclasses import replace

from devkit.bench.figures import Run
from devkit.bench.machine import Cores
from devkit.bench.plan import Plan
from devkit.bench.report import doubts, lines, targets
from devkit.bench.rounds import Measured, Results

FLOOR = Run(messages=3000, seconds=1.0, cpu_seconds=0.9, calls=900)
GOOD = Run(3000, 1.5, 1.2, 900, first_receive_seconds=0.4, peak_mb=70, jobs=4000)
SLOW = replace(GOOD, seconds=1.8)
OVERFLOW = Run(600, 1.0, 0.6, 200, first_receive_seconds=0.4, peak_mb=80, streams=40, jobs=800)


def results(fast: Run = GOOD, slow: Run = SLOW, floor: Run = FLOOR) -> Results:
    return Results(
        {name: Measured([floor] * 3, [fast] * 3, [slow] * 3) for name in ("main", "background")},
        overflow=OVERFLOW,
        exported_bytes=4_000_000,
    )


def told(found: Results) -> str:
    return "\n".join(lines(Plan(), Cores(1, 0), found))


def test_a_good_bench_misses_nothing_and_is_believed() -> None:
    text = told(results())
    assert "MISSED" not in text
    assert text.count("  ok") == len(targets(results()))
    assert "machine quiet" in text
    assert "measured process on core 1, stand-in and sink on core 0" in text


def test_each_target_is_missed_by_its_own_figure() -> None:
    def missed(**changed: float) -> list[str]:
        found = results(fast=replace(GOOD, **changed), slow=replace(SLOW, **changed))
        return [target.name for target in targets(found) if not target.met]

    assert missed(calls=7000) == ["main: API calls a message", "background: API calls a message"]
    assert missed(cpu_seconds=1.36) == ["main: CPU, times the floor", "background: CPU, times the floor"]
    assert missed(first_receive_seconds=0.61) == ["first receive, s after start"]
    assert missed(peak_mb=90.5) == ["peak memory, MB, worst run"]
    late = results(slow=replace(SLOW, seconds=2.0))
    assert [target.name for target in targets(late) if not target.met] == [
        "main: rate kept at 20 ms",
        "background: rate kept at 20 ms",
    ]


def test_one_run_over_the_memory_limit_is_enough_to_miss_it() -> None:
    found = results()
    found.paths["main"].slow[1] = replace(SLOW, peak_mb=95)
    assert "peak memory" in next(target.name for target in targets(found) if not target.met)


def test_the_overflow_row_says_how_many_jobs_had_no_stream_of_their_own() -> None:
    assert "95% of its jobs wrote to the overflow stream, at 600 messages/s" in told(results())


def test_a_busy_machine_is_named_with_its_reasons() -> None:
    busy = replace(GOOD, others=0.5)
    found = results(fast=busy, slow=busy)
    assert any("other work took 0.50 cores" in doubt for doubt in doubts(found))
    assert "MACHINE TOO BUSY TO BELIEVE" in told(found)


def test_equal_runs_that_lie_far_apart_are_not_believed() -> None:
    found = results()
    found.paths["main"].fast[2] = replace(GOOD, cpu_seconds=1.5)
    assert doubts(found) == ["main service: CPU time of equal runs lies 25% apart (at most 15%)"]


def test_a_bench_without_telemetry_does_not_pass_for_one_with_it() -> None:
    assert "TELEMETRY WAS OFF" in told(replace(results(), exported_bytes=0))
