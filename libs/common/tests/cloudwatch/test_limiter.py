"""Turns to create a stream come at the share's rate."""

from hypothesis import given
from hypothesis import strategies as st

from jobqueue.cloudwatch.limiter import StreamLimiter


def test_a_second_of_turns_is_free_after_a_quiet_time_and_then_they_come_at_the_rate() -> None:
    limiter = StreamLimiter(4)
    assert [limiter.reserve(100.0, 5) for _ in range(6)] == [0, 0, 0, 0, 0.25, 0.5]


def test_whoever_would_wait_too_long_is_told_at_once_and_takes_no_turn() -> None:
    limiter = StreamLimiter(1)
    assert [limiter.reserve(100.0, 1) for _ in range(3)] == [0, 1, None]
    assert limiter.reserve(101.0, 1) == 1


def test_a_share_below_one_a_second_has_one_turn_at_once() -> None:
    limiter = StreamLimiter(0.1)
    assert [limiter.reserve(100.0, 30) for _ in range(2)] == [0, 10]


def test_after_a_throttled_call_nobodys_turn_comes_within_a_second() -> None:
    limiter = StreamLimiter(10)
    limiter.pause(100.0)
    assert limiter.reserve(100.5, 0) is None
    assert limiter.reserve(100.5, 5) == 0.5


@given(st.floats(0.1, 100), st.lists(st.floats(0, 2), max_size=80), st.floats(0, 10))
def test_no_second_sees_more_turns_than_two_shares(share: float, gaps: list[float], max_wait: float) -> None:
    limiter, now, turns = StreamLimiter(share), 0.0, []
    for gap in gaps:
        now += gap
        wait = limiter.reserve(now, max_wait)
        if wait is not None:
            assert 0 <= wait <= max_wait
            turns.append(now + wait)
    for turn in turns:
        assert sum(turn <= other < turn + 0.999 for other in turns) <= 2 * max(1, share) + 1
