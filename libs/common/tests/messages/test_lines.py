"""A line of JSON, whatever its fields hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobqueue.messages.lines import line_of

SMALL = 100_000


class Hostile:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __repr__(self) -> NoReturn:
        raise self.error


class HostileText(str):
    def __str__(self) -> NoReturn:
        raise SystemExit

    __repr__ = __str__


def circle() -> dict[str, Any]:
    found: dict[str, Any] = {}
    found["self"] = found
    return found


def deep(levels: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


STRANGE: list[Callable[[], object]] = [
    lambda: Hostile(ValueError("x")),
    lambda: Hostile(SystemExit(3)),
    lambda: Hostile(RecursionError()),
    lambda: HostileText("x"),
    circle,
    lambda: deep(100),
    lambda: deep(300),
    lambda: deep(50_000),
    lambda: 2**70,
    lambda: 10**5_000,
    lambda: float("nan"),
    lambda: "\ud800",
    lambda: b"\xff",
    lambda: {1, 2},
    lambda: {1: 2, None: 3, (4, 5): 6},
    lambda: {Hostile(ValueError("x")): 1},
    lambda: "x" * 300_000,
    lambda: "\x00" * 300_000,
    lambda: "\U0001f600" * 200_000,
    lambda: ["x"] * 200_000,
    lambda: type,
]

names = st.text(st.characters(exclude_categories=()), max_size=20) | st.sampled_from(["x" * 400, "message", "stack"])


@pytest.mark.slow
@settings(max_examples=50)
@given(st.dictionaries(names, st.sampled_from(STRANGE), max_size=12), st.booleans())
def test_any_fields_make_one_bounded_line_of_json_that_keeps_its_event(
    strange: dict[str, Callable[[], object]], nested: bool
) -> None:
    fields = {name: [{"inside": make()}] if nested else make() for name, make in strange.items()}
    line = line_of({**fields, "event": "job.failed"}, max_bytes=SMALL)
    assert len(line) <= SMALL
    assert b"\n" not in line
    assert json.loads(line)["event"] == "job.failed"


@pytest.mark.parametrize("make", STRANGE)
def test_a_value_that_is_no_json_is_text_and_costs_no_other_field(make: Callable[[], object]) -> None:
    line = json.loads(line_of({"message": "a step", "strange": make(), "mine": 7}))
    assert (line["message"], line["mine"]) == ("a step", 7)
    assert "strange" in line


def test_a_line_of_very_many_fields_says_that_some_are_left_out() -> None:
    line = json.loads(line_of({"event": "mine", **{f"field{number}": "x" * 100 for number in range(10_000)}}))
    assert line["event"] == "mine"
    assert 1_000 < len(line) < 10_000
    assert line["cut"].startswith("field")
