"""Things come up in the order of their times, each at its last one."""

from dataclasses import dataclass
from math import inf

from jobqueue.cloudwatch.agenda import MIN_SWEEP, Agenda


@dataclass
class Thing:
    name: str
    due: float = inf


def test_things_come_in_the_order_of_their_times_and_then_of_their_setting() -> None:
    agenda, things = Agenda(), [Thing("late"), Thing("first"), Thing("second")]
    for due, thing in zip((3.0, 1.0, 1.0), things, strict=True):
        agenda.at(due, thing)
    assert [thing.name for thing in agenda.take(1.0)] == ["first", "second"]  # type: ignore[attr-defined]
    assert agenda.next_at() == 3.0


def test_a_thing_that_was_put_off_or_forgotten_does_not_come_at_its_old_time() -> None:
    agenda, moved, forgotten = Agenda(), Thing("moved"), Thing("forgotten")
    agenda.at(1.0, moved)
    agenda.at(1.0, forgotten)
    agenda.at(2.0, moved)
    forgotten.due = inf
    assert agenda.take(1.0) == []
    assert agenda.take(2.0) == [moved]
    assert agenda.next_at() == inf


def test_shells_are_swept_out() -> None:
    agenda, kept = Agenda(), Thing("kept")
    agenda.at(1e9, kept)
    for number in range(10 * MIN_SWEEP):
        thing = Thing("short")
        agenda.at(float(number), thing)
        thing.due = inf
    assert len(agenda) < 3 * MIN_SWEEP
    assert agenda.next_at() == 1e9
