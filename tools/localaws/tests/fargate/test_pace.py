"""A task that ends by itself is replaced at once, then later and later until one works."""

from __future__ import annotations

from localaws.fargate.pace import MAX_SECONDS, Pace


def test_the_first_replacement_comes_at_once() -> None:
    pace = Pace()
    pace.failed(10.0)
    assert pace.wait_seconds(10.0) == 0


def test_each_further_one_waits_longer_up_to_a_limit() -> None:
    pace = Pace()
    waits = []
    for _ in range(9):
        pace.failed(10.0)
        waits.append(pace.wait_seconds(10.0))
    assert waits == [0, 1, 2, 4, 8, 16, MAX_SECONDS, MAX_SECONDS, MAX_SECONDS]


def test_the_wait_passes() -> None:
    pace = Pace()
    pace.failed(10.0)
    pace.failed(10.0)
    assert (pace.wait_seconds(10.5), pace.wait_seconds(11.0)) == (0.5, 0)


def test_one_that_works_makes_the_next_replacement_prompt_again() -> None:
    pace = Pace()
    for _ in range(5):
        pace.failed(10.0)
    pace.worked()
    pace.failed(10.0)
    assert pace.wait_seconds(10.0) == 0
