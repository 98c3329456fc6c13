"""A line of columns."""

from __future__ import annotations

from jobctl.watch.plot import plot


def test_a_backlog_that_stays_is_not_drawn_as_an_empty_queue() -> None:
    assert plot([1000, 1000, 1000], 3) == "▇▇▇"


def test_nothing_is_blank_and_the_smallest_something_is_seen() -> None:
    assert plot([0, 1, 500, 1000], 4) == " ▁▄▇"


def test_what_nobody_knows_is_told_from_nothing() -> None:
    assert plot([None, 0, 2], 5) == "··· ▇"


def test_only_the_last_ones_are_drawn_and_give_the_scale() -> None:
    assert plot([1000, 1, 2], 2) == "▄▇"
