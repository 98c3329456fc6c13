from __future__ import annotations

import pytest

from jobctl.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(("rate", "at_once"), [(None, 10), (0.5, 1), (3.9, 3), (200.0, 10)])
def test_no_more_than_a_second_s_worth_is_taken_in_hand(rate: float | None, at_once: int) -> None:
    clock = Clock()

    assert Pace(rate, clock=clock, wait=clock.wait).at_once == at_once


def test_messages_go_at_the_rate_and_lost_time_is_not_made_up_for() -> None:
    clock = Clock()
    pace = Pace(5.0, clock=clock, wait=clock.wait)
    went = []
    for pause in (0.0, 0.0, 0.0, 10.0, 0.0):
        clock.wait(pause)
        pace.take(5)
        went.append(round(clock.now - 100, 3))

    assert went == [0, 1, 2, 12, 13]


def test_without_a_rate_nobody_waits() -> None:
    clock = Clock()
    Pace(None, clock=clock, wait=clock.wait).take(1_000)

    assert clock.now == 100


def test_a_rate_at_which_a_letter_would_slip_from_the_hand_is_refused() -> None:
    clock = Clock()
    with pytest.raises(ValueError, match=r"at least 0\.1"):
        Pace(0.01, clock=clock, wait=clock.wait)
