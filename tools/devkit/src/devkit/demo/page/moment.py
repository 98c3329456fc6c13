"""When each trigger was sent and ended, in seconds since the first was sent, and counts by interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from devkit.demo.fates import Fate
from jobctl.queries.span import Span
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
