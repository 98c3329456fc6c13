"""Which deliveries are ours, until when: the book alone, on invented times."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobqueue.consumer.leases import LONGEST_SECONDS, Lease, LeaseBook
from jobqueue.messages.outcome import Done

from .workbench import a_delivery

BEGAN = 1_000.0


def taken(lease_seconds: int = 60) -> tuple[LeaseBook, Lease]:
    book = LeaseBook(lease_seconds, min(5.0, lease_seconds / 8))
    return book, book.take(a_delivery(received_at=BEGAN))


@given(seconds=st.floats(0, 59.9))
def test_a_lease_is_due_from_its_half_on_for_its_whole_length(seconds: float) -> None:
    book, lease = taken()
    due = book.due(BEGAN + seconds)
    assert due == ([(lease, 60)] if seconds >= 30 else [])


def test_a_lease_is_due_once_until_its_renewal_is_answered() -> None:
    book, lease = taken()
    assert book.due(BEGAN + 30)
    assert book.due(BEGAN + 36) == []
    lease.renewing = False
    assert book.due(BEGAN + 42) == [(lease, 60)]


def test_a_lease_whose_handler_hangs_is_not_due_before_the_handler_ended() -> None:
    book, lease = taken()
    lease.abandoned = True
    assert book.due(BEGAN + 40) == []
    lease.outcome = Done()
    assert book.due(BEGAN + 40) == [(lease, 60)]


def test_a_lease_with_a_call_in_flight_is_due_and_renewed_once_that_has_its_answer() -> None:
    book, lease = taken()
    lease.in_flight = True
    assert book.due(BEGAN + 40) == [(lease, 60)]
    assert book.may_go(lease, BEGAN + 40, hides=True, renews=True) is False
    lease.in_flight = False
    assert book.may_go(lease, BEGAN + 40, hides=True, renews=True) is True


@given(seconds=st.integers(0, 43_200), renewed=st.booleans())
def test_a_hide_that_perhaps_took_effect_is_repeated_only_while_the_lease_is_surely_ours(
    seconds: int, renewed: bool
) -> None:
    book, lease = taken()
    asked_at = BEGAN + 10
    book.hidden_perhaps(lease, asked_at, seconds)
    assert lease.ends == min(BEGAN + 60, asked_at + seconds)
    for now in (asked_at, asked_at + seconds / 2, asked_at + seconds, BEGAN + 56):
        may = book.may_go(lease, now, hides=True, renews=renewed)
        assert bool(may) == (now + 5 < lease.ends)


def test_a_renewed_lease_counts_from_before_the_call() -> None:
    book, lease = taken()
    book.renewed(lease, BEGAN + 30, 60)
    assert lease.ends == BEGAN + 90
    assert book.lapsed(BEGAN + 89.9) == []
    assert book.lapsed(BEGAN + 90) == [lease]


def test_a_lease_in_flight_does_not_lapse_before_its_answer() -> None:
    book, lease = taken()
    lease.in_flight = True
    assert book.lapsed(BEGAN + 61) == []
    assert book.may_go(lease, BEGAN + 1, hides=False) is False


def test_a_lapsed_lease_may_start_no_call_and_a_dropped_one_never_again() -> None:
    book, lease = taken()
    assert book.may_go(lease, BEGAN + 59, hides=False) is True
    assert book.may_go(lease, BEGAN + 60, hides=False) is False
    book.drop(lease)
    assert book.may_go(lease, BEGAN + 1, hides=False) is None


def test_a_renewal_that_waits_is_forgotten_when_its_handler_is_found_to_hang() -> None:
    book, lease = taken()
    lease.abandoned = True
    assert book.may_go(lease, BEGAN + 1, hides=True, renews=True) is None
    lease.outcome = Done()
    assert book.may_go(lease, BEGAN + 1, hides=True, renews=True) is True


@given(lease_seconds=st.integers(2, 43_200), pace=st.floats(0.05, 0.5), latency=st.floats(0, 2))
def test_a_lease_that_is_renewed_for_ever_ends_below_twelve_hours(
    lease_seconds: int, pace: float, latency: float
) -> None:
    book, _ = taken(max(lease_seconds, 600))  # at least 10 minutes, so that 12 hours take few steps
    now = BEGAN
    while book.lapsed(now) == []:
        for one, seconds in book.due(now):
            assert now + seconds <= BEGAN + LONGEST_SECONDS
            book.renewed(one, now, seconds)
            one.renewing = False
            assert one.ends <= BEGAN + LONGEST_SECONDS
        now += max(lease_seconds, 600) * pace
    assert now <= BEGAN + LONGEST_SECONDS + max(lease_seconds, 600)


@given(lease_seconds=st.integers(2, 43_200))
def test_a_renewal_has_time_for_several_tries(lease_seconds: int) -> None:
    book = LeaseBook(lease_seconds, lease_seconds / 8)
    assert book.look_again_seconds() * 5 <= lease_seconds / 2 + 0.001
