"""Plots of the page: a column for each part of the time, a point for each completed trigger.

A value lies in percent from left to right and in pixels from top to bottom: a plot fits a phone and a wide screen, and its letters keep their size.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
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

    def place(at_s: float) -> int:
        """Which bucket. Rounded: 0.6 / 0.2 is a little less than 3."""
        return math.floor(round(at_s / width, 6))

    sent = Counter(place(one.sent_s) for one in moments)
    ended = Counter((place(one.ended_s), one.fate.word == "dead letter") for one in moments if one.ended_s is not None)
    return [
        Bucket(round(number * width, 1), width, sent[number], ended[number, False], ended[number, True])
        for number in range(place(last) + 1)
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


TOP, BOTTOM = 24.0, 204.0
"""Pixels. Below the bottom stand the seconds."""
LEFT, RIGHT = 1.0, 99.0
"""Percent. A point at the very edge is not cut off."""
MIN_STEP = 0.1
MIN_VALUE = 0.001
"""Of a scale by powers of ten: a millisecond, as exact as the times are."""
MAX_MARKS = 9
_ROUND = [mantissa * 10.0**power for power in range(-3, 9) for mantissa in (1, 2, 5)]


def marks_of(most: float, wanted: int, least_step: float = MIN_STEP) -> list[float]:
    """From 0 in steps that people count in, about `wanted` of them, to `most` or just beyond."""
    step = next(one for one in _ROUND if one >= least_step and one * wanted >= most * 0.999999)
    return [place * step for place in range(max(1, math.ceil(round(most / step, 6))) + 1)]


def log_marks_of(least: float, most: float) -> list[float]:
    """1, 2 and 5 times powers of ten, with all values within; `MIN_VALUE` and less lie on the lowest."""
    low = max(value for value in _ROUND if value <= max(least, MIN_VALUE))
    high = min(value for value in _ROUND if value >= most and value > low)
    return [value for value in _ROUND if low <= value <= high]


def number(value: float) -> str:
    """Without a tail of zeros: `2`, `0.5`."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _height(share: float) -> float:
    """Pixels from above."""
    return BOTTOM - (BOTTOM - TOP) * min(max(share, 0.0), 1.0)


def _across(top: float) -> tuple[Callable[[float], float], list[Tick]]:
    """Where seconds lie from left to right, in percent, and the marks."""

    def x(value: float) -> float:
        return LEFT + (RIGHT - LEFT) * min(max(value / top, 0.0), 1.0)

    return x, [Tick(x(value), f"{number(value)} s") for value in marks_of(top, 6, 1.0) if value <= top]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line or a mark of an axis, or a level such as the median, with its text."""

    at: float
    text: str


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
class Point:
    """One completed trigger."""

    fate: Fate
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Ends and sends a second in `columns`, or in `points` how long each took by when it was sent, with `levels`. `description`: it in words."""

    across: list[Tick]
    upright: list[Tick]
    description: str
    columns: Sequence[Column] = ()
    points: Sequence[Point] = ()
    levels: Sequence[Tick] = ()


def throughput_of(buckets: Sequence[Bucket]) -> Plot:
    """The plot of throughput."""
    width = buckets[0].width_s
    x, across = _across(buckets[-1].begins_s + width)
    most_sent, best = max(one.sent for one in buckets), max(buckets, key=lambda one: one.completed + one.dead)
    ended = best.completed + best.dead
    marks = marks_of(max(most_sent, ended) / width, 4)

    def y(count: int) -> float:
        return _height(count / width / marks[-1])

    columns = [
        Column(
            bucket=one,
            x=x(one.begins_s),
            width=x(one.begins_s + width) - x(one.begins_s),
            completed_y=y(one.completed),
            dead_y=y(one.completed + one.dead),
            sent_y=y(one.sent),
        )
        for one in buckets
    ]
    description = (
        f"Each column is {number(width)} s. At the most {number(ended / width)} triggers a second ended, after "
        f"{number(best.begins_s)} s, and {number(most_sent / width)} a second were sent."
    )
    return Plot(across, [Tick(_height(one / marks[-1]), number(one)) for one in marks], description, columns=columns)


def latency_of(moments: Sequence[Moment]) -> Plot | None:
    """The plot of latency, on a scale by powers of ten; None where nothing completed."""
    done = [(one, one.fate.seconds) for one in moments if one.fate.seconds is not None]
    if not done:
        return None
    took = [seconds for _, seconds in done]
    x, across = _across(max(MIN_STEP, *(one.sent_s for one, _ in done)))
    marks = log_marks_of(min(took), max(took))

    def y(value: float) -> float:
        return _height(math.log(max(value, marks[0]) / marks[0]) / math.log(marks[-1] / marks[0]))

    middle, high = nearest_rank(took, 0.5), nearest_rank(took, 0.95)
    description = (
        f"{len(took)} completed triggers took {seconds_text(min(took))} to {seconds_text(max(took))} from send to completion; half of them "
        f"at most {seconds_text(middle)}, 95 % at most {seconds_text(high)}. The scale is logarithmic."
    )
    levels = [Tick(y(middle), f"median {seconds_text(middle)}")]
    if high > middle:
        levels.append(Tick(y(high), f"95 % within {seconds_text(high)}"))
    shown = marks if len(marks) <= MAX_MARKS else [value for value in marks if f"{value:e}"[0] == "1"]
    return Plot(
        across,
        [Tick(y(value), f"{number(value)} s") for value in shown],
        description,
        points=[Point(one.fate, x(one.sent_s), y(seconds)) for one, seconds in done],
        levels=levels,
    )
