"""What waits to be called, and when it goes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from jobqueue.consumer.batches import DRAIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS, Batches
from jobqueue.consumer.leases import Lease
from jobqueue.consumer.settle_calls import Call, Entry, Step

from .workbench import a_delivery

steps = st.sampled_from(list(Step))


def an_entry(step: Step = Step.DELETE) -> Entry:
    return Entry(Lease(a_delivery(), 60, 43_200), step, to="next-jobs" if step is Step.SEND else "")


def always(entry: Entry, now: float) -> bool:
    return True


def never(entry: Entry, now: float) -> bool:
    return False


def batches(linger: float = 1.0) -> Batches:
    return Batches(["next-jobs"], send_linger=linger / 10, settle_linger=linger, events=True)


def calls_at(waiting: Batches, now: float) -> list[Call]:
    calls = []
    while (call := waiting.next_call(now, always)) is not None:
        calls.append(call)
    return calls


def test_ten_go_at_once_and_fewer_when_the_oldest_has_lingered() -> None:
    waiting = batches()
    entries = [an_entry() for _ in range(13)]
    for entry in entries:
        waiting.add(entry, now=0)
    [first] = calls_at(waiting, 0)
    assert list(first.entries) == entries[:10]
    assert waiting.next_at(0) == 1.0
    assert calls_at(waiting, 0.9) == []
    [second] = calls_at(waiting, 1.0)
    assert list(second.entries) == entries[10:]


def test_what_somebody_waits_for_lingers_less_and_a_renewal_not_at_all() -> None:
    waiting = batches()
    for step in (Step.DELETE, Step.SEND, Step.RENEW):
        waiting.add(an_entry(step), now=0)
    assert [call.step for call in calls_at(waiting, 0)] == [Step.RENEW]
    assert [call.step for call in calls_at(waiting, 0.1)] == [Step.SEND]
    assert [call.step for call in calls_at(waiting, 1.0)] == [Step.DELETE]


def test_renewals_go_before_everything_else() -> None:
    waiting = batches(linger=0)
    for step in reversed(Step):
        waiting.add(an_entry(step), now=0)
    assert calls_at(waiting, 0)[0].step is Step.RENEW


def test_a_step_without_a_caller_waits_for_news_and_no_other_waits_for_it() -> None:
    waiting = batches(linger=0)
    for step in Step:
        waiting.add(an_entry(step), now=0)
    busy = [an_entry(Step.SEND).lane, an_entry(Step.DELETE).lane]
    gone = []
    while (call := waiting.next_call(0, always, busy)) is not None:
        gone.append(call.step)
    assert set(gone) == set(Step) - {Step.SEND, Step.DELETE}
    assert waiting.next_at(0, busy) == 3600
    assert {call.lane for call in calls_at(waiting, 0)} == set(busy)


@given(st.lists(st.sampled_from([1, 2, 5, 10]), min_size=1, max_size=30))
def test_no_entry_goes_with_more_others_than_it_may(limits: list[int]) -> None:
    waiting = batches(linger=0)
    for max_entries in limits:
        waiting.add(replace(an_entry(), max_entries=max_entries), now=0)
    calls = calls_at(waiting, 0)
    assert [entry.max_entries for call in calls for entry in call.entries] == limits
    for call in calls:
        assert len(call.entries) <= min(entry.max_entries for entry in call.entries)


def test_an_entry_that_may_not_start_is_forgotten() -> None:
    waiting = batches(linger=0)
    waiting.add(an_entry(), now=0)
    assert waiting.next_call(0, never) is None
    assert waiting.next_at(0) == 3600
    assert calls_at(waiting, 10_000) == []


def test_renewals_that_wait_are_replaced_by_those_that_are_due_now() -> None:
    waiting = batches()
    waiting.renew([an_entry(Step.RENEW)], now=0)
    due = an_entry(Step.RENEW)
    waiting.renew([due], now=6)
    [call] = calls_at(waiting, 6)
    assert call.entries == [due]


@given(tries=st.integers(1, 1_000))
def test_the_pause_before_another_try_grows_with_jitter_up_to_a_bound(tries: int) -> None:
    waiting = batches()
    waiting.add_later(an_entry(), 0, tries)
    bound = MAX_PAUSE_SECONDS if tries > 20 else min(MAX_PAUSE_SECONDS, 0.1 * 2**tries)
    assert bound / 4 <= waiting.next_at(0) <= bound


def test_in_a_hurry_nothing_lingers_or_pauses_for_long() -> None:
    waiting = batches()
    waiting.add(an_entry(Step.DELETE), now=0)
    waiting.add_later(an_entry(Step.CHANGE_VISIBILITY), 0, tries=20)
    waiting.hurry()
    waiting.add(an_entry(Step.SEND), now=0)
    assert {call.step for call in calls_at(waiting, 0)} == {Step.DELETE, Step.CHANGE_VISIBILITY, Step.SEND}
    waiting.add_later(an_entry(Step.CHANGE_VISIBILITY), 0, tries=20)
    assert waiting.next_at(0) <= DRAIN_PAUSE_SECONDS


@given(
    st.lists(st.tuples(steps, st.booleans(), st.integers(0, 5)), max_size=60),
    st.lists(st.floats(0, 3), min_size=1, max_size=20),
    st.integers(0, 20),
)
def test_every_entry_goes_exactly_once_in_calls_of_one_step_and_at_most_ten(
    arrivals: list[tuple[Step, bool, int]], times: list[float], hurry_after: int
) -> None:
    waiting = batches()
    given_in: list[Entry] = []
    given_out: list[Entry] = []
    for step, failed, tries in arrivals:
        entry = an_entry(step)
        given_in.append(entry)
        if failed:
            waiting.add_later(entry, 0, tries)
        else:
            waiting.add(entry, 0)
    for number, now in enumerate([*sorted(times), 100.0]):
        if number == hurry_after:
            waiting.hurry()
        for call in calls_at(waiting, now):
            assert len(call.entries) <= 10
            assert {entry.step for entry in call.entries} == {call.step}
            given_out += call.entries
        assert waiting.next_at(now) > now
    assert len(given_out) == len(given_in)
    assert set(given_out) == set(given_in)
