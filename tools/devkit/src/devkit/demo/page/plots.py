"""Plots of the page: a column for each part of the time, a point for each completed trigger.

A value lies in percent from left to right and in pixels from top to bottom: a plot fits a phone and a wide screen, and its letters keep their size.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from devkit.demo.fates import Fate
from jobctl.queries.span import Span
from jobctl.views.waterfall import seconds_text
from jobqueue.telemetry import names

WIDTHS = (0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
"""Seconds a bucket."""
MAX_BUCKETS, MIN_BUCKETS = 45, 8
"""More columns are too thin on a phone; fewer show too little."""
TRIGGERS_EACH = 5
"""On average, at least: else a rate is the noise of single triggers."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When one trigger was sent and ended. `ended_s` is None where the end is not known."""

    fate: Fate
    sent_s: float
    ended_s: float | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """What happened in `width_s` seconds from `begins_s` on. `completed`: triggers that needed no background job among them."""

    begins_s: float
    width_s: float
    sent: int
    completed: int
    dead: int

    def each_second(self, count: int) -> float:
        """As a rate."""
        return count / self.width_s


def moments_of(fates: Sequence[Fate], spans: Iterable[Span]) -> list[Moment]:
    """Moments of the triggers, in the same order. A job's completion is in its log; of everything else the end of its last attempt is the end."""
    if not fates:
        return []
    ended_ns: dict[str, int] = {}
    for span in spans:
        if span.text(names.OPERATION_NAME) == names.PROCESS.operation:
            ended_ns[span.trace_id] = max(span.end_ns, ended_ns.get(span.trace_id, 0))
    began_ms = min(fate.trigger.sent_ms for fate in fates)
    return [_moment(fate, began_ms, ended_ns.get(fate.trigger.trace_id)) for fate in fates]


def buckets_of(moments: Sequence[Moment]) -> list[Bucket]:
    """Buckets from the first second to the last, empty ones too; at most `MAX_BUCKETS` unless the run lasted longer than half a day."""
    most = min(MAX_BUCKETS, max(MIN_BUCKETS, len(moments) // TRIGGERS_EACH))
    last = max((one.ended_s if one.ended_s is not None else one.sent_s for one in moments), default=0.0)
    width = next((width for width in WIDTHS if last < width * most), WIDTHS[-1])
    sent: dict[int, list[Moment]] = {}
    ended: dict[int, list[Moment]] = {}
    for one in moments:
        sent.setdefault(_place(one.sent_s, width), []).append(one)
        if one.ended_s is not None:
            ended.setdefault(_place(one.ended_s, width), []).append(one)
    return [
        _bucket(round(number * width, 1), width, sent.get(number, []), ended.get(number, []))
        for number in range(_place(last, width) + 1)
    ]


def nearest_rank(values: Sequence[float], share: float) -> float:
    """The smallest value that at least that share of the values does not exceed. There must be a value."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _moment(fate: Fate, began_ms: int, ended_ns: int | None) -> Moment:
    sent_s = (fate.trigger.sent_ms - began_ms) / 1000
    if fate.seconds is not None:
        return Moment(fate, sent_s, sent_s + fate.seconds)
    if ended_ns is None or fate.word == "lost":
        return Moment(fate, sent_s, None)
    return Moment(fate, sent_s, max(sent_s, ended_ns / 1e9 - began_ms / 1000))


def _place(at_s: float, width: float) -> int:
    """Which bucket. Rounded: 0.6 / 0.2 is a little less than 3."""
    return math.floor(round(at_s / width, 6))


def _bucket(begins: float, width: float, sent: Sequence[Moment], ended: Sequence[Moment]) -> Bucket:
    dead = sum(one.fate.word == "dead letter" for one in ended)
    return Bucket(begins, width, len(sent), len(ended) - dead, dead)


TOP, BOTTOM, HEIGHT = 24.0, 204.0, 230.0
"""Pixels. Below the bottom stand the seconds."""
LEFT, RIGHT = 1.0, 99.0
"""Percent. A point at the very edge is not cut off."""
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MIN_STEP = 0.1
MIN_VALUE = 0.001
"""Of a scale by powers of ten: a millisecond, as exact as the times are."""
MAX_MARKS = 9
_DECADES = [mantissa * 10.0**power for power in range(-3, 9) for mantissa in (1, 2, 5)]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line or a mark of an axis, with its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From 0 to `top`, in steps that people count in. `last`: where the marks end, which is below `top` where that is no step."""

    top: float
    step: float

    @classmethod
    def upright(cls, most: float) -> Axis:
        """Ends with a step at or above `most`."""
        step = _step(most, 4)
        return cls(max(step, math.ceil(round(most / step, 6)) * step), step)

    @classmethod
    def across(cls, most: float) -> Axis:
        """Ends at `most`."""
        return cls(max(most, MIN_STEP), max(1.0, _step(most, 6)))

    def values(self) -> list[float]:
        """What is marked."""
        return [number * self.step for number in range(math.floor(round(self.top / self.step, 6)) + 1)]

    def x(self, value: float) -> float:
        """Percent from the left."""
        return LEFT + (RIGHT - LEFT) * min(max(value / self.top, 0.0), 1.0)

    def y(self, value: float) -> float:
        """Pixels from above."""
        return BOTTOM - (BOTTOM - TOP) * min(max(value / self.top, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class LogAxis:
    """From `low` to `high`, both among 1, 2 and 5 times a power of ten: what takes ten times as long lies as far above as anywhere else."""

    low: float
    high: float

    @classmethod
    def upright(cls, least: float, most: float) -> LogAxis:
        """With all values within; `MIN_VALUE` and less lie on the lowest line."""
        low = max(value for value in _DECADES if value <= max(least, MIN_VALUE))
        return cls(low, min(value for value in _DECADES if value >= most and value > low))

    def values(self) -> list[float]:
        """What is marked: every second one where there would be many."""
        marked = [value for value in _DECADES if self.low <= value <= self.high]
        return [value for value in marked if len(marked) <= MAX_MARKS or f"{value:e}"[0] == "1"]

    def y(self, value: float) -> float:
        """Pixels from above."""
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return BOTTOM - (BOTTOM - TOP) * min(share, 1.0)


def number(value: float) -> str:
    """Without a tail of zeros: `2`, `0.5`."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _step(most: float, wanted: int) -> float:
    """The smallest usual step with which `wanted` of them reach `most`."""
    rough = max(most / wanted, MIN_STEP)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in STEPS if step * power >= rough * 0.999999)


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
    description: str


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
    description: str


def throughput_of(buckets: Sequence[Bucket]) -> Throughput:
    """The plot of throughput; its `description` says it in words."""
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
    description = (
        f"Each column is {number(width)} s. At the most {number(best.each_second(best.completed + best.dead))} triggers a second ended, after "
        f"{number(best.begins_s)} s, and {number(max(one.each_second(one.sent) for one in buckets))} a second were sent."
    )
    return Throughput(columns, _across(across), _upright(upright, ""), description)


def latency_of(moments: Sequence[Moment]) -> Latency | None:
    """The plot of latency; None where nothing completed."""
    done = [(one, one.fate.seconds) for one in moments if one.fate.seconds is not None]
    if not done:
        return None
    took = [seconds for _, seconds in done]
    across = Axis.across(max(one.sent_s for one, _ in done))
    upright = LogAxis.upright(min(took), max(took))
    middle, high = nearest_rank(took, 0.5), nearest_rank(took, 0.95)
    description = (
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
        description=description,
    )


def _across(axis: Axis) -> list[Tick]:
    return [Tick(axis.x(value), f"{number(value)} s") for value in axis.values()]


def _upright(axis: Axis | LogAxis, unit: str) -> list[Tick]:
    return [Tick(axis.y(value), f"{number(value)}{unit}") for value in axis.values()]
