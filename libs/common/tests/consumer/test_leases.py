"""Which deliveries are ours, until when, and which calls about them may start: the book alone, on invented times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue.consumer.leases import MAX_HIDDEN_SECONDS, TRANSITIONS, Event, Lease, LeaseBook, State
from jobqueue.consumer.settle_calls import Entry, Step
from jobqueue.messages.outcome import Done, Retry

from .workbench import a_delivery

BEGAN = 1_000.0


def taken(lease_seconds: int = 60) -> tuple[LeaseBook, Lease]:
    book = LeaseBook(lease_seconds, min(5.0, lease_seconds / 8))
    return book, book.take(a_delivery(received_at=BEGAN))


def due(book: LeaseBook, now: float) -> list[tuple[Lease, int]]:
    return [(entry.lease, entry.seconds) for entry in book.due(now)]


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_a_lease_takes_the_drawn_transitions_and_no_other(events: list[Event]) -> None:
    _, lease = taken()
    for event in events:
        before = lease.state
        if event in TRANSITIONS[before]:
            lease.on(event)
            assert lease.state is TRANSITIONS[before][event]
        else:
            with pytest.raises(KeyError):
                lease.on(event)
            assert lease.state is before


def test_every_state_is_reached_and_leads_to_gone() -> None:
    reached, new = set(), {State.RUNNING}
    while new:
        reached |= new
        new = {after for state in new for after in TRANSITIONS[state].values()} - reached
    assert reached == set(State)
    assert all(Event.DROP in TRANSITIONS[state] for state in State if state is not State.GONE)


@given(seconds=st.floats(0, 59.9))
def test_a_lease_is_due_from_its_half_on_for_its_whole_length(seconds: float) -> None:
    book, lease = taken()
    assert due(book, BEGAN + seconds) == ([(lease, 60)] if seconds >= 30 else [])


def test_a_lease_is_not_due_while_its_renewal_is_in_flight() -> None:
    book, lease = taken()
    [entry] = book.due(BEGAN + 30)
    assert due(book, BEGAN + 36) == [(lease, 60)], "it waits for its call"
    assert book.start(entry, BEGAN + 36)
    assert due(book, BEGAN + 42) == []
    lease.answered()
    assert due(book, BEGAN + 48) == [(lease, 60)]


def test_a_lease_whose_handler_hangs_is_not_due_before_the_handler_ended() -> None:
    book, lease = taken()
    book.hang(lease, Retry(5))
    assert due(book, BEGAN + 40) == []
    book.end(lease, Done())
    assert due(book, BEGAN + 40) == [(lease, 60)]


def test_a_renewal_that_is_due_during_a_call_starts_once_that_has_its_answer() -> None:
    book, lease = taken()
    book.end(lease, Done())
    assert book.start(Entry(lease, Step.DELETE), BEGAN)
    [renewal] = book.due(BEGAN + 40)
    assert not book.start(renewal, BEGAN + 40)
    assert lease.answered() is renewal
    assert book.start(renewal, BEGAN + 40)


def test_an_outcome_that_comes_during_a_renewal_is_settled_once_that_has_its_answer() -> None:
    book, lease = taken()
    [renewal] = book.due(BEGAN + 40)
    assert book.start(renewal, BEGAN + 40)
    book.end(lease, Done())
    deletion = Entry(lease, Step.DELETE)
    assert not book.start(deletion, BEGAN + 40)
    assert not book.start(renewal, BEGAN + 40)
    assert lease.answered() is deletion


@given(seconds=st.integers(0, 43_200), step=st.sampled_from((Step.CHANGE_VISIBILITY, Step.RENEW)))
def test_a_hide_that_perhaps_took_effect_is_repeated_only_while_the_lease_is_surely_ours(
    seconds: int, step: Step
) -> None:
    for offset in (0, seconds / 2, seconds, 46):
        book, lease = taken()
        asked_at = BEGAN + 10
        book.end(lease, Retry(seconds))
        book.hidden_perhaps(lease, asked_at, seconds)
        assert lease.ends == min(BEGAN + 60, asked_at + seconds)
        now = asked_at + offset
        assert book.start(Entry(lease, step), now) == (now + 5 < lease.ends)


def test_a_renewed_lease_counts_from_before_the_call() -> None:
    book, lease = taken()
    book.renewed(lease, BEGAN + 30, 60)
    assert lease.ends == BEGAN + 90
    assert book.lapsed(BEGAN + 89.9) == []
    assert book.lapsed(BEGAN + 90) == [lease]


def test_a_lease_in_flight_does_not_lapse_before_its_answer() -> None:
    book, lease = taken()
    book.end(lease, Done())
    assert book.start(Entry(lease, Step.DELETE), BEGAN + 1)
    assert book.lapsed(BEGAN + 61) == []
    lease.answered()
    assert book.lapsed(BEGAN + 61) == [lease]


@pytest.mark.parametrize(("seconds", "starts"), [(59, True), (60, False)])
def test_a_lapsed_lease_may_start_no_call(seconds: int, starts: bool) -> None:
    book, lease = taken()
    book.end(lease, Done())
    assert book.start(Entry(lease, Step.DELETE), BEGAN + seconds) is starts


def test_a_dropped_lease_may_start_no_call() -> None:
    book, lease = taken()
    book.end(lease, Done())
    book.drop(lease)
    assert not book.start(Entry(lease, Step.DELETE), BEGAN + 1)
    assert book.without_outcome(lease.delivery) is None


def test_a_renewal_that_waits_is_forgotten_when_its_handler_is_found_to_hang() -> None:
    book, lease = taken()
    [renewal] = book.due(BEGAN + 30)
    book.hang(lease, Retry(5))
    assert not book.start(renewal, BEGAN + 30)
    book.end(lease, Done())
    assert due(book, BEGAN + 36) == [(lease, 60)]


@given(lease_seconds=st.integers(2, 43_200), pace=st.floats(0.05, 0.5), latency=st.floats(0, 2))
def test_a_lease_that_is_renewed_for_ever_ends_below_twelve_hours(
    lease_seconds: int, pace: float, latency: float
) -> None:
    book, _ = taken(max(lease_seconds, 600))  # at least 10 minutes, so that 12 hours take few steps
    now = BEGAN
    while book.lapsed(now) == []:
        for one, seconds in due(book, now):
            assert now + seconds <= BEGAN + MAX_HIDDEN_SECONDS
            book.renewed(one, now, seconds)
            assert one.ends <= BEGAN + MAX_HIDDEN_SECONDS
        now += max(lease_seconds, 600) * pace
    assert now <= BEGAN + MAX_HIDDEN_SECONDS + max(lease_seconds, 600)


@given(lease_seconds=st.integers(2, 43_200))
def test_a_renewal_has_time_for_several_tries(lease_seconds: int) -> None:
    book = LeaseBook(lease_seconds, lease_seconds / 8)
    assert book.look_again_seconds() * 5 <= lease_seconds / 2 + 0.001
