"""How long a failed try waits."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from jobqueue.chance import CHANCE
from jobqueue.consumer.retry import backoff_seconds, jittered

counts = st.integers(1, 10_000)
firsts = st.floats(0.1, 100)


@given(count=counts, first=firsts, most=st.floats(1, 43_200), seed=st.integers())
def test_a_delay_is_whole_seconds_within_a_bound_that_doubles_up_to_the_most(
    count: int, first: float, most: float, seed: int
) -> None:
    CHANCE.seed(seed)
    seconds = backoff_seconds(count, first, most)
    bound = most if count > 40 else min(most, first * 2 ** (count - 1))
    assert isinstance(seconds, int)
    assert 1 <= seconds <= max(1, math.ceil(bound))


def test_jitter_is_full_it_spreads_over_the_whole_bound() -> None:
    CHANCE.seed(1)
    delays = [jittered(4, 2.0, 900) for _ in range(2_000)]
    assert min(delays) < 0.5
    assert max(delays) > 15.5
    assert 7 < sum(delays) / len(delays) < 9
