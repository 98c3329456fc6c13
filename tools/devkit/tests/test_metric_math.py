"""The autoscaler's metric math on series whose newest minutes have not come yet.

As much of CloudWatch as the expressions use ("Using math expressions with CloudWatch metrics", "Configuring how CloudWatch alarms treat missing
data"). NaN is a point that is missing: arithmetic with it is missing too, SUM leaves it out. A comparison with it is false, where CloudWatch has no
point at all; neither is breaching.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import pytest

from jobctl.checkout import REPOSITORY

MODULE = REPOSITORY / "infra/terraform/modules/worker"
NAMES = ("visible", "in_flight", "delayed", "running")
MISSING = math.nan
IDLE_MINUTES = 15
HOUR = 60

Series = Mapping[str, Sequence[float]]
"""A point a minute, by the metric's name."""


def expressions() -> dict[str, str]:
    """The expressions of wake and sleep, and of the backlog, with what they are made of written out."""
    text = "".join((MODULE / name).read_text() for name in ("scaling.tf", "scaling_zero.tf"))
    parts = dict(re.findall(r'^  (work|tasks) += "(.+?)"', text, re.MULTILINE))
    found = dict(re.findall(r'(wake|sleep) += \{ says = "[^"]+", expression = "([^"]+)"', text))
    (found["backlog"],) = re.findall(r'expression +=\s"(IF[^"]+/[^"]+)"', text)
    return {name: re.sub(r"\$\{local\.(\w+)\}", lambda part: parts[part[1]], one) for name, one in found.items()}


class Sum(float):
    """What SUM gives: nothing comes of dividing by zero."""

    def __truediv__(self, other: float) -> float:
        return float(self) / other if other else MISSING


def total(points: Sequence[float]) -> Sum:
    there = [point for point in points if not math.isnan(point)]
    return Sum(sum(there) if there else MISSING)


def value(expression: str, points: Mapping[str, float], filled: Mapping[str, float]) -> float:
    """The expression at one minute. `filled`: what FILL(name, REPEAT) is."""
    python = re.sub(r"FILL\((\w+), REPEAT\)", r"filled['\1']", expression).replace(" AND ", " and ")
    functions = {"SUM": total, "IF": lambda holds, then, otherwise: then if holds else otherwise}
    return float(eval(python, {**functions, **points, "filled": filled}))


def seen(series: Series, late: Mapping[str, int], now: int, minutes: int) -> list[tuple[dict[str, float], ...]]:
    """The newest `minutes` and two more, as CloudWatch has them: the points, and each with its gaps filled."""
    rows: list[tuple[dict[str, float], ...]] = []
    filled = dict.fromkeys(NAMES, MISSING)
    for minute in range(max(0, now - minutes - 2), now):
        points = {name: series[name][minute] if minute + 1 + late.get(name, 0) <= now else MISSING for name in NAMES}
        filled = {name: filled[name] if math.isnan(points[name]) else points[name] for name in NAMES}
        rows.append((points, dict(filled)))
    return rows[-minutes:]


def fires(expression: str, series: Series, late: Mapping[str, int], minutes: int, of_them: int) -> list[int]:
    """The minutes at which the alarm is on. Missing points do not breach."""
    return [
        now
        for now in range(minutes + 2, len(series["running"]) + 1)
        if sum(value(expression, *row) >= 1 for row in seen(series, late, now, minutes)) >= of_them
    ]


def wakes(series: Series, late: int) -> list[int]:
    return fires(expressions()["wake"], series, {"running": late}, minutes=3, of_them=2)


def sleeps(series: Series, late: int) -> list[int]:
    return fires(expressions()["sleep"], series, dict.fromkeys(NAMES, late), IDLE_MINUTES, IDLE_MINUTES)


def hours(**series: Sequence[float]) -> Series:
    """Series in which nothing is in flight or delayed unless said: those metrics are then not reported."""
    (length,) = {len(one) for one in series.values()}
    return {**{name: [MISSING] * length for name in NAMES}, **series}


@pytest.mark.parametrize("late", range(4))
def test_a_service_that_works_is_not_woken(late: int) -> None:
    assert wakes(hours(visible=[5] * HOUR, running=[1] * HOUR), late) == []


@pytest.mark.parametrize("late", range(4))
@pytest.mark.parametrize("none", [0, MISSING])
def test_a_service_that_sleeps_is_woken_within_five_minutes(late: int, none: float) -> None:
    (first, *_) = wakes(hours(visible=[0] * 30 + [5] * 30, running=[none] * HOUR), late)
    assert 30 < first <= 35


@pytest.mark.parametrize("late", range(4))
def test_messages_that_are_only_in_flight_or_delayed_are_work(late: int) -> None:
    for kind in ("in_flight", "delayed"):
        busy = hours(visible=[0] * HOUR, running=[1] * HOUR, **{kind: [1] * HOUR})
        assert sleeps(busy, late) == []
        assert wakes({**busy, "running": [MISSING] * HOUR}, late)


@pytest.mark.parametrize("late", range(4))
def test_an_idle_service_is_put_to_sleep_and_one_with_a_job_each_ten_minutes_is_not(late: int) -> None:
    (first, *_) = sleeps(hours(visible=[5] * 10 + [0] * 50, running=[1] * HOUR), late)
    assert 10 + IDLE_MINUTES <= first <= 10 + IDLE_MINUTES + 3
    now_and_then = [1 if minute % 10 == 0 else 0 for minute in range(HOUR)]
    assert sleeps(hours(visible=now_and_then, running=[1] * HOUR), late) == []


def test_the_backlog_is_a_number_whatever_is_not_reported() -> None:
    backlog = expressions()["backlog"]
    nothing = dict.fromkeys(NAMES, MISSING)
    assert value(backlog, {**nothing, "visible": 8.0}, {**nothing, "running": 2.0}) == 4
    assert value(backlog, {**nothing, "visible": 8.0}, nothing) == 8
    assert math.isnan(value(backlog, nothing, nothing))
