"""What an error means for a delivery: another attempt after a while, or a dead letter with a reason."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue.chance import CHANCE
from jobqueue.consumer.policy import ConsumerPolicy
from jobqueue.consumer.returns import Returns
from jobqueue.consumer.verdicts import GiveUp, Verdicts, verdict
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.errors import RejectJob, RetryJob, Undecodable, Unsupported
from jobqueue.messages.outcome import Reject, Retry
from jobqueue.testing import InMemoryQueue, InMemorySender

from .workbench import a_delivery

POLICY = ConsumerPolicy()
counts = st.integers(1, 10_000)


@given(count=counts)
def test_a_handler_s_own_delay_is_kept_rounded_up(count: int) -> None:
    assert verdict(RetryJob(after_seconds=count + 0.2), 1, POLICY) == Retry(count + 1)


def test_a_handler_may_ask_for_no_delay_at_all() -> None:
    assert verdict(RetryJob(after_seconds=0), 1, POLICY) == Retry(0)


@given(count=st.integers(POLICY.max_attempts, 10_000))
@pytest.mark.parametrize("error", [RuntimeError("x"), RetryJob(after_seconds=5), SystemExit(1)])
def test_a_failure_at_or_beyond_the_last_attempt_is_exhausted(error: BaseException, count: int) -> None:
    assert verdict(error, count, POLICY) == GiveUp("attempts_exhausted")


@given(count=st.integers(1, POLICY.max_attempts - 1))
def test_a_failure_before_the_last_attempt_is_tried_again(count: int) -> None:
    assert isinstance(verdict(RuntimeError("x"), count, POLICY), Retry)


@given(count=counts)
@pytest.mark.parametrize(
    ("error", "reason"), [(RejectJob("no_such_user"), "no_such_user"), (Undecodable("job_id", "x"), "job_id")]
)
def test_a_reject_is_one_at_every_receive(error: BaseException, reason: str, count: int) -> None:
    assert verdict(error, count, POLICY) == GiveUp(reason)


@given(count=st.integers(1, POLICY.max_receive_count - 2), seed=st.integers())
def test_an_unsupported_job_waits_at_least_half_of_a_bound_that_doubles(count: int, seed: int) -> None:
    CHANCE.seed(seed)
    bound = min(POLICY.retry_max_seconds, POLICY.unsupported_first_seconds * 2 ** (count - 1))
    said = verdict(Unsupported("new"), count, POLICY)
    assert isinstance(said, Retry)
    assert bound / 2 <= said.after_seconds <= bound + 1


@given(count=st.integers(POLICY.max_receive_count - 1, 10_000))
def test_an_unsupported_job_gets_its_reason_before_sqs_moves_it_without_one(count: int) -> None:
    assert verdict(Unsupported("new"), count, POLICY) == GiveUp("unsupported")


def test_an_unsupported_job_outlives_a_rolling_deployment() -> None:
    """Even with the shortest delays: half of each bound, half an hour in all."""
    bounds = [
        min(POLICY.retry_max_seconds, POLICY.unsupported_first_seconds * 2**n)
        for n in range(POLICY.max_receive_count - 2)
    ]
    assert sum(bounds) / 2 >= 30 * 60


@pytest.mark.parametrize("error", [RetryJob(after_seconds=600), Unsupported("new")])
def test_a_job_that_its_queue_would_forget_before_it_comes_again_goes_back_as_a_copy_or_is_a_dead_letter(
    error: BaseException,
) -> None:
    verdicts = Verdicts(
        ConsumerPolicy(unsupported_first_seconds=600),
        InMemorySender(InMemoryQueue()),
        Returns(InMemorySender(InMemoryQueue())),
        service="main-job",
        version="1",
        retention_seconds=86_400,
    )
    now_ms = int(time.time() * 1000)
    young = verdicts.on(error, replace(a_delivery(), sent_ms=now_ms - 80_000 * 1000))
    assert isinstance(young, Retry)
    assert young.copy is None
    old = replace(a_delivery(), sent_ms=now_ms - 86_200 * 1000)
    retried = verdicts.on(error, old)
    assert isinstance(retried, Retry)
    assert retried.copy is not None
    full = replace(old, attributes={f"a{number}": Attribute("x") for number in range(10)})
    rejected = verdicts.on(error, full)
    assert isinstance(rejected, Reject)
    assert rejected.reason == "retention"
