"""Room for one more job: never more than there is, and nobody waits for what will not come."""

from __future__ import annotations

from threading import Event, Thread

from hypothesis import given
from hypothesis import strategies as st

from jobqueue.consumer.slots import Slots


@given(
    running=st.integers(1, 12),
    more_held=st.integers(0, 12),
    moves=st.lists(
        st.tuples(st.sampled_from(("reserve", "give_back", "finish", "settle")), st.integers(1, 10)), max_size=40
    ),
)
def test_no_order_of_events_overfills_or_leaks_a_slot(
    running: int, more_held: int, moves: list[tuple[str, int]]
) -> None:
    held = running + more_held
    slots = Slots(running=running, held=held)
    in_polls = runs = unsettled = 0
    for move, count in moves:
        if move == "reserve":
            free = min(running - in_polls - runs, held - in_polls - runs - unsettled)
            taken = slots.reserve(count, wait_seconds=0, linger_seconds=0)
            assert taken == min(count, free)
            in_polls += taken
        elif move == "give_back":  # a poll ends: it brought all but `back`
            back = min(count, in_polls)
            slots.give_back(back)
            runs, in_polls = runs + in_polls - back, 0
        elif move == "finish" and runs:
            slots.finished()
            runs, unsettled = runs - 1, unsettled + 1
        elif move == "settle" and unsettled:
            slots.settled()
            unsettled -= 1
        assert (slots.running, slots.held) == (in_polls + runs, in_polls + runs + unsettled)
        assert slots.running <= running
        assert slots.held <= held


def test_what_waits_to_be_settled_holds_receiving_back() -> None:
    slots = Slots(running=2, held=3)
    assert slots.reserve(10, wait_seconds=0, linger_seconds=0) == 2
    slots.finished()
    slots.finished()
    assert slots.reserve(10, wait_seconds=0, linger_seconds=0) == 1
    slots.finished()
    assert slots.reserve(10, wait_seconds=0, linger_seconds=0) == 0
    slots.settled(3)
    assert slots.reserve(10, wait_seconds=0, linger_seconds=0) == 2


def reserving(slots: Slots, most: int, linger_seconds: float) -> tuple[Thread, list[int]]:
    got: list[int] = []
    began = Event()

    def reserve() -> None:
        began.set()
        got.append(slots.reserve(most, wait_seconds=30, linger_seconds=linger_seconds))

    thread = Thread(target=reserve, daemon=True)
    thread.start()
    assert began.wait(5)
    return thread, got


def test_a_waiting_reservation_gets_the_slot_that_comes_free() -> None:
    slots = Slots(running=1, held=2)
    slots.reserve(1, wait_seconds=0, linger_seconds=0)
    thread, got = reserving(slots, 1, linger_seconds=0)
    slots.finished()
    thread.join(5)
    assert got == [1]


def test_a_lingering_reservation_leaves_with_ten_as_soon_as_they_are_free() -> None:
    slots = Slots(running=10, held=20)
    slots.reserve(9, wait_seconds=0, linger_seconds=0)
    thread, got = reserving(slots, 10, linger_seconds=30)
    for _ in range(9):
        slots.finished()
        slots.settled()
    thread.join(5)
    assert got == [10]


def test_a_reservation_that_waits_for_its_turn_gets_what_the_one_before_leaves_or_nothing_in_time() -> None:
    slots = Slots(running=2, held=2)
    slots.reserve(2, wait_seconds=0, linger_seconds=0)
    first, second = reserving(slots, 1, linger_seconds=0), reserving(slots, 1, linger_seconds=0)
    assert slots.reserve(1, wait_seconds=0.01, linger_seconds=0) == 0
    slots.give_back(2)
    for thread, got in (first, second):
        thread.join(5)
        assert got == [1]


def test_closing_ends_a_wait_and_a_linger_at_once_and_gives_nothing_any_more() -> None:
    full, lingering = Slots(running=1, held=1), Slots(running=2, held=2)
    full.reserve(1, wait_seconds=0, linger_seconds=0)
    lingering.reserve(1, wait_seconds=0, linger_seconds=0)
    waits = [reserving(full, 1, linger_seconds=0) for _ in range(2)] + [reserving(lingering, 2, linger_seconds=30)]
    full.close()
    lingering.close()
    for thread, got in waits:
        thread.join(5)
        assert got == [0]
    assert lingering.reserve(1, wait_seconds=0, linger_seconds=0) == 0
