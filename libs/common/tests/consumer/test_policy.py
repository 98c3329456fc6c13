"""Numbers that cannot work together are refused by name."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jobqueue.consumer.policy import ConsumerPolicy, StopPolicy, check_together
from jobqueue.settings import SettingError


def test_the_defaults_work_together() -> None:
    check_together(ConsumerPolicy(), StopPolicy())


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"max_attempts": 6}, ("MAX_RECEIVE_COUNT", "MAX_ATTEMPTS")),
        ({"lease_seconds": 2, "settle_linger_seconds": 0.5}, ("SETTLE_LINGER_SECONDS", "LEASE_SECONDS")),
        ({"max_concurrency": 300}, ("MAX_UNSETTLED", "MAX_CONCURRENCY")),
        ({"retry_first_seconds": 1000}, ("RETRY_FIRST_SECONDS", "RETRY_MAX_SECONDS")),
        ({"poll_wait_seconds": 21}, ("POLL_WAIT_SECONDS",)),
        ({"max_concurrency": 0}, ("MAX_CONCURRENCY",)),
    ],
)
def test_an_impossible_combination_is_refused_with_the_names_of_its_settings(
    values: dict[str, int], names: tuple[str, ...]
) -> None:
    with pytest.raises(SettingError) as refused:
        ConsumerPolicy(**values)
    assert all(name in str(refused.value) for name in names)


def test_every_impossible_combination_is_named_at_once() -> None:
    with pytest.raises(SettingError) as refused:
        ConsumerPolicy(max_attempts=9, max_concurrency=300)
    assert len(str(refused.value).splitlines()) == 2


@given(
    grace=st.floats(0, 120),
    logs=st.floats(0, 60),
    settle=st.floats(0, 60),
    close=st.floats(0, 60),
    telemetry=st.floats(0, 60),
)
def test_a_stop_policy_either_fits_below_the_stop_timeout_or_is_refused(
    grace: float, logs: float, settle: float, close: float, telemetry: float
) -> None:
    try:
        stop = StopPolicy(grace, logs, settle, close, telemetry, 90)
    except SettingError as refused:
        assert grace + logs + settle + close + telemetry >= 90
        assert "STOP_TIMEOUT_SECONDS" in str(refused)  # noqa: PT017 (both ways are right, for different values)
    else:
        assume(stop is not None)
        assert stop.spent_seconds < 90


def test_a_grace_period_that_a_poll_in_flight_could_outlast_is_refused() -> None:
    with pytest.raises(SettingError, match=r"GRACE_SECONDS=20.*POLL_WAIT_SECONDS=20"):
        check_together(ConsumerPolicy(), StopPolicy(grace_seconds=20))
