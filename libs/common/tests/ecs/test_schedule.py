"""When a call to the ECS agent is due."""

import pytest

from jobqueue.ecs.schedule import MAX_RETRY_SECONDS, RENEW_SECONDS, SPACING_SECONDS, Schedule

EXPIRES = 600.0


@pytest.fixture
def schedule() -> Schedule:
    return Schedule(EXPIRES)


def test_nothing_is_due_before_protection_was_ever_wanted(schedule: Schedule) -> None:
    assert schedule.due(0, wanted=False) is None


def test_a_first_wish_is_due_at_once(schedule: Schedule) -> None:
    due = schedule.due(0, wanted=True)
    assert due is not None
    assert due <= 0


def test_a_confirmed_protection_is_renewed_well_before_it_expires(schedule: Schedule) -> None:
    assert schedule.succeeded(1000, enabled=True)
    assert schedule.due(1000, wanted=True) == 1000 + RENEW_SECONDS
    assert RENEW_SECONDS <= EXPIRES / 3
    assert not schedule.succeeded(1000 + RENEW_SECONDS, enabled=True), "a renewal is no change"


def test_a_wish_that_flips_to_and_fro_between_two_calls_costs_none(schedule: Schedule) -> None:
    schedule.succeeded(1000, enabled=True)
    assert schedule.due(1001, wanted=False) == 1000 + SPACING_SECONDS
    assert schedule.due(1001.5, wanted=True) == 1000 + RENEW_SECONDS


def test_a_confirmed_release_leaves_nothing_to_do(schedule: Schedule) -> None:
    schedule.succeeded(1000, enabled=True)
    schedule.succeeded(1010, enabled=False)
    assert schedule.due(1011, wanted=False) is None


def test_failures_are_tried_again_later_and_later_but_never_later_than_a_minute(schedule: Schedule) -> None:
    waits = []
    for _ in range(40):
        schedule.failed(1000, enabled=True)
        due = schedule.due(1000, wanted=True)
        assert due is not None
        waits.append(due - 1000)
    assert waits[:6] == [2, 4, 8, 16, 32, MAX_RETRY_SECONDS]
    assert set(waits[6:]) == {MAX_RETRY_SECONDS}


def test_a_failed_protection_may_have_taken_effect_and_is_dropped_all_the_same(schedule: Schedule) -> None:
    schedule.failed(1000, enabled=True)
    assert schedule.due(1001, wanted=False) == 1000 + SPACING_SECONDS


def test_a_protection_that_cannot_be_dropped_is_left_to_lapse(schedule: Schedule) -> None:
    schedule.succeeded(1000, enabled=True)
    schedule.failed(1590, enabled=False)
    assert schedule.due(1599, wanted=False) is not None
    assert schedule.due(1600, wanted=False) is None


def test_the_last_call_waits_for_nothing(schedule: Schedule) -> None:
    schedule.succeeded(1000, enabled=True)
    schedule.failed(1001, enabled=False)
    schedule.hurry()
    due = schedule.due(1001, wanted=False)
    assert due is not None
    assert due <= 1001
