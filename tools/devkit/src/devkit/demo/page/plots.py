"""The page's plots: a column for each part of the time, a point for each completed trigger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from devkit.demo.fates import Fate
from devkit.demo.page.moment import Bucket, Moment, nearest_rank
from devkit.demo.page.plot import Axis, LogAxis, Tick, number
from jobctl.views.waterfall import seconds_text


@dataclass(frozen=True, slots=True)
class Column:
    """One bucket: percent across, pixels down. `sent_y` is the height of the line of what was sent."""

    bucket: Bucket
    x: float
    width: float
    completed_y: float
    dead_y: float
    sent_y: float


@dataclass(frozen=True, slots=True)
class Throughput:
    """Ends and sends a second."""

    columns: list[Column]
    across: list[Tick]
    upright: list[Tick]
    said: str


@dataclass(frozen=True, slots=True)
class Point:
    """One completed trigger."""

    fate: Fate
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A level, such as the median."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Latency:
    """From send to completion, by when it was sent."""

    points: list[Point]
    levels: list[Line]
    across: list[Tick]
    upright: list[Tick]
    said: str


def throughput_of(buckets: Sequence[Bucket]) -> Throughput:
    """The plot of throughput; its `said` describes it in words."""
    width = buckets[0].width_s
    across = Axis.across(buckets[-1].begins_s + width)
    most = max(max(one.each_second(one.sent), one.each_second(one.completed + one.dead)) for one in buckets)
    upright = Axis.upright(most)
    columns = [
        Column(
            bucket=one,
            x=across.x(one.begins_s),
            width=across.x(one.begins_s + width) - across.x(one.begins_s),
            completed_y=upright.y(one.each_second(one.completed)),
            dead_y=upright.y(one.each_second(one.completed + one.dead)),
            sent_y=upright.y(one.each_second(one.sent)),
        )
        for one in buckets
    ]
    best = max(buckets, key=lambda one: one.completed + one.dead)
    said = (
        f"Each column is {number(width)} s. At the most {number(best.each_second(best.completed + best.dead))} triggers a second ended, after "
        f"{number(best.begins_s)} s, and {number(max(one.each_second(one.sent) for one in buckets))} a second were sent."
    )
    return Throughput(columns, _across(across), _upright(upright, ""), said)


def latency_of(moments: Sequence[Moment]) -> Latency | None:
    """The plot of latency; None where nothing completed."""
    done = [(one, one.fate.seconds) for one in moments if one.fate.seconds is not None]
    if not done:
        return None
    took = [seconds for _, seconds in done]
    across = Axis.across(max(one.sent_s for one, _ in done))
    upright = LogAxis.upright(min(took), max(took))
    middle, high = nearest_rank(took, 0.5), nearest_rank(took, 0.95)
    said = (
        f"{len(took)} completed triggers took {seconds_text(min(took))} to {seconds_text(max(took))} from send to completion; half of them "
        f"at most {seconds_text(middle)}, 95 % at most {seconds_text(high)}. The scale is logarithmic."
    )
    return Latency(
        points=[Point(one.fate, across.x(one.sent_s), upright.y(seconds)) for one, seconds in done],
        levels=[
            Line(upright.y(middle), f"median {seconds_text(middle)}"),
            *([Line(upright.y(high), f"95 % within {seconds_text(high)}")] if high > middle else []),
        ],
        across=_across(across),
        upright=_upright(upright, " s"),
        said=said,
    )


def _across(axis: Axis) -> list[Tick]:
    return [Tick(axis.x(value), f"{number(value)} s") for value in axis.values()]


def _upright(axis: Axis | LogAxis, unit: str) -> list[Tick]:
    return [Tick(axis.y(value), f"{number(value)}{unit}") for value in axis.values()]
