"""The arithmetic of the bench: messages per second, the work of other processes, medians with spread, ratios and targets."""

from __future__ import annotations

import pytest

from devkit.bench.figures import Figure, Run, Snapshot, Target, figure, ratio


def looked(at: float, cpu: float, received: int, deleted: int, calls: int, *, busy: float = 0.0) -> Snapshot:
    return Snapshot(at, cpu, received, deleted, calls, ours=cpu, busy=busy, stolen=0.0)


def test_a_message_counts_half_when_received_and_half_when_deleted() -> None:
    run = Run.between(looked(10.0, 1.0, 500, 300, 90), looked(12.0, 2.5, 2600, 2200, 690))
    assert run.messages == 2000
    assert run.cpu_ms == pytest.approx(750)
    assert run.calls_each == pytest.approx(0.3)
    assert run.rate == pytest.approx(1000)
    assert run.busy == pytest.approx(0.75)


def test_what_the_machine_did_besides_the_bench_is_the_work_of_others() -> None:
    run = Run.between(looked(0.0, 0.0, 0, 0, 0, busy=100.0), looked(4.0, 3.0, 10, 10, 3, busy=105.0))
    assert run.others == pytest.approx(0.5)


def test_clock_ticks_that_lag_behind_never_make_the_work_of_others_negative() -> None:
    assert Run.between(looked(0.0, 0.0, 0, 0, 0), looked(1.0, 0.5, 10, 10, 3, busy=0.49)).others == 0


def test_a_figure_is_the_median_with_its_spread() -> None:
    found = Figure.of([4.0, 1.0, 2.0])
    assert (found.middle, found.least, found.most) == (2.0, 1.0, 4.0)
    assert found.spread == pytest.approx(1.5)


def test_a_ratio_is_taken_within_each_repeat_so_that_a_slow_minute_cancels_out() -> None:
    quiet, busy = Run(1000, 1.0, 0.6, 300), Run(1000, 1.0, 1.2, 300)
    floors = [Run(1000, 1.0, 0.2, 300), Run(1000, 1.0, 0.4, 300)]
    found = ratio([quiet, busy], floors, lambda run: run.cpu_ms)
    assert found.spread == pytest.approx(0)
    assert found.middle == pytest.approx(3)


@pytest.mark.parametrize(
    ("limit", "at_least", "met"), [(2, False, True), (1.9, False, False), (2, True, True), (2.1, True, False)]
)
def test_a_target_is_met_by_the_median(limit: float, at_least: bool, met: bool) -> None:
    runs = [Run(1, 1.0, 0, 1), Run(1, 1.0, 0, 2), Run(1, 1.0, 0, 9)]
    assert Target("calls", figure(runs, lambda run: run.calls_each), limit, at_least=at_least).met is met
