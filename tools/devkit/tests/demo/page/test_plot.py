"""Plots: values placed on their axes, and axes marked in round steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.demo.page.plots import (
    BOTTOM,
    MAX_MARKS,
    TOP,
    Axis,
    LogAxis,
    buckets_of,
    latency_of,
    moments_of,
    number,
    throughput_of,
)

from .runs import fate


@given(st.floats(0.0, 1e5))
def test_an_upright_axis_ends_with_a_step_that_no_value_exceeds(most: float) -> None:
    axis = Axis.upright(most)
    assert axis.values()[-1] == pytest.approx(axis.top)
    assert axis.top >= most * 0.999999
    assert 2 <= len(axis.values()) <= 7
    assert TOP <= axis.y(most) <= BOTTOM


@given(st.floats(0.0, 3600.0), st.floats(0.0, 3600.0))
def test_a_scale_by_powers_of_ten_has_all_values_within_and_few_marks(one: float, other: float) -> None:
    least, most = min(one, other), max(one, other)
    axis = LogAxis.upright(least, most)
    assert axis.low < axis.high
    assert TOP <= axis.y(most) <= axis.y(least) <= BOTTOM
    assert 1 <= len(axis.values()) <= MAX_MARKS


def test_marks_are_round_numbers() -> None:
    assert [number(value) for value in Axis.upright(71).values()] == ["0", "20", "40", "60", "80"]
    assert [number(value) for value in LogAxis.upright(0.041, 3.3).values()] == ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"]  # fmt: skip


def test_the_plots_say_in_words_what_they_draw() -> None:
    moments = moments_of([fate(number) for number in range(1, 11)], [])
    throughput, latency = throughput_of(buckets_of(moments)), latency_of(moments)
    assert throughput.description == (
        "Each column is 0.2 s. At the most 10 triggers a second ended, after 0.2 s, and 10 a second were sent."
    )
    assert latency is not None
    assert latency.description.startswith("10 completed triggers took 200 ms to 200 ms from send to completion")
    assert [line.text for line in latency.levels] == ["median 200 ms"]
    assert len(latency.points) == 10


def test_where_nothing_completed_there_is_no_latency() -> None:
    assert latency_of(moments_of([fate(1, "lost")], [])) is None
