"""When a failed attempt comes again, and when it has had enough."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue.consumer.policy import ConsumerPolicy
from jobqueue.consumer.retry import backoff_seconds, jittered, verdict
from jobqueue.messages.errors import RejectJob, RetryJob, Undecodable, Unsupported

POLICY = ConsumerPolicy()
counts = st.integers(1, 10_000)
firsts = st.floats(0.1, 100)


@given(count=counts, first=firsts, most=st.floats(1, 43_200), seed=st.integers())
def test_a_delay_is_whole_seconds_within_a_bound_that_doubles_up_to_the_most(
    count: int, first: float, most: float, seed: int
) -> None:
    random.seed(seed)
    seconds = backoff_seconds(count, first, most)
    bound = most if count > 40 else min(most, first * 2 ** (count - 1))
    assert isinstance(seconds, int)
    assert 1 <= seconds <= max(1, math.ceil(bound))


def test_jitter_is_full_it_spreads_over_the_whole_bound() -> None:
    random.seed(1)
    delays = [jittered(4, 2.0, 900) for _ in range(2_000)]
    assert min(delays) < 0.5
    assert max(delays) > 15.5
    assert 7 < sum(delays) / len(delays) < 9


@given(count=counts)
def test_a_handler_s_own_delay_is_kept_rounded_up(count: int) -> None:
    said = verdict(RetryJob(after_seconds=count + 0.2), 1, POLICY)
    assert said == count + 1


def test_a_handler_may_ask_for_no_delay_at_all() -> None:
    assert verdict(RetryJob(after_seconds=0), 1, POLICY) == 0


@pytest.mark.parametrize("asked", [-1, 43_201])
def test_a_delay_that_sqs_does_not_know_is_refused_where_it_is_asked_for(asked: float) -> None:
    with pytest.raises(ValueError, match="after_seconds"):
        RetryJob(after_seconds=asked)


@given(count=st.integers(POLICY.max_attempts, 10_000))
@pytest.mark.parametrize("error", [RuntimeError("x"), RetryJob(after_seconds=5), SystemExit(1)])
def test_a_failure_at_or_beyond_the_last_attempt_is_exhausted(error: BaseException, count: int) -> None:
    assert verdict(error, count, POLICY) == "attempts_exhausted"


@given(count=st.integers(1, POLICY.max_attempts - 1))
def test_a_failure_before_the_last_attempt_is_tried_again(count: int) -> None:
    assert isinstance(verdict(RuntimeError("x"), count, POLICY), int)


@given(count=counts)
@pytest.mark.parametrize(
    ("error", "reason"), [(RejectJob("no_such_user"), "no_such_user"), (Undecodable("job_id", "x"), "job_id")]
)
def test_a_reject_is_one_at_every_receive(error: BaseException, reason: str, count: int) -> None:
    assert verdict(error, count, POLICY) == reason


@given(count=st.integers(1, POLICY.max_receive_count - 2), seed=st.integers())
def test_an_unsupported_job_waits_at_least_half_of_a_bound_that_doubles(count: int, seed: int) -> None:
    random.seed(seed)
    bound = min(POLICY.retry_most_seconds, POLICY.unsupported_first_seconds * 2 ** (count - 1))
    seconds = verdict(Unsupported("new"), count, POLICY)
    assert isinstance(seconds, int)
    assert bound / 2 <= seconds <= bound + 1


@given(count=st.integers(POLICY.max_receive_count - 1, 10_000))
def test_an_unsupported_job_gets_its_reason_before_sqs_moves_it_without_one(count: int) -> None:
    assert verdict(Unsupported("new"), count, POLICY) == "unsupported"


def test_an_unsupported_job_outlives_a_rolling_deployment() -> None:
    """Even with the shortest delays: half of each bound, half an hour in all."""
    bounds = [
        min(POLICY.retry_most_seconds, POLICY.unsupported_first_seconds * 2**n)
        for n in range(POLICY.max_receive_count - 2)
    ]
    assert sum(bounds) / 2 >= 30 * 60
