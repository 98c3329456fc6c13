"""Plots: values placed on their axes, and axes marked in round steps."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from devkit.demo.page.plots import (
    BOTTOM,
    MAX_MARKS,
    MIN_VALUE,
    TOP,
    buckets_of,
    latency_of,
    log_marks_of,
    marks_of,
    moments_of,
    throughput_of,
)

from .runs import fate


@given(st.floats(0.0, 1e5))
def test_the_last_mark_is_one_that_no_value_exceeds(most: float) -> None:
    marks = marks_of(most, 4)
    assert marks[-1] >= most * 0.999999
    assert 2 <= len(marks) <= 5


@given(st.floats(0.0, 3600.0), st.floats(0.0, 3600.0))
def test_a_scale_by_powers_of_ten_has_all_values_within_and_few_marks(one: float, other: float) -> None:
    marks = log_marks_of(min(one, other), max(one, other))
    assert marks[0] <= max(one, other, MIN_VALUE) <= marks[-1]
    plot = latency_of(moments_of([replace(fate(1), seconds=one), replace(fate(2), seconds=other)], []))
    assert plot is not None
    assert all(TOP <= at.y <= BOTTOM for at in plot.points)
    assert 1 <= len(plot.upright) <= MAX_MARKS


def test_marks_are_round_numbers() -> None:
    assert marks_of(71, 4) == [0, 20, 40, 60, 80]
    assert log_marks_of(0.041, 3.3) == [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]


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
