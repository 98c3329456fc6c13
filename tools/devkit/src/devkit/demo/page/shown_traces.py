"""Traces that are shown as waterfalls: a job that was tried again, a dead letter, an ordinary job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from devkit.demo.fates import Fate
from devkit.demo.flow import Findings
from devkit.demo.worth import worth_showing
from jobctl.views.waterfall import Waterfall, waterfall_of


@dataclass(frozen=True, slots=True)
class ShownTrace:
    """A waterfall; `title` says what kind of job it is of."""

    title: str
    fate: Fate
    waterfall: Waterfall


def traces_of(findings: Findings) -> list[ShownTrace]:
    """Each trace at most once, and only traces with spans; the first is shown first."""
    shown: dict[str, ShownTrace] = {}
    for title, fate in _chosen(findings.fates):
        if fate.trigger.trace_id not in shown:
            waterfall = waterfall_of(findings.spans, fate.trigger.trace_id)
            if waterfall.rows:
                shown[fate.trigger.trace_id] = ShownTrace(title, fate, waterfall)
    return list(shown.values())


def _chosen(fates: Sequence[Fate]) -> Iterator[tuple[str, Fate]]:
    first = worth_showing(fates)
    if first is not None:
        yield "A job that was tried again" if first.attempts > 1 else "A job from end to end", first
    dead = [fate for fate in fates if fate.word == "dead letter"]
    if dead:
        yield "A job that became a dead letter", max(dead, key=lambda fate: fate.attempts)
    ordinary = [fate for fate in fates if fate.word == "completed" and fate.attempts == 1]
    if ordinary:
        yield "An ordinary job", sorted(ordinary, key=lambda fate: fate.seconds or 0.0)[len(ordinary) // 2]
