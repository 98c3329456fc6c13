"""Timers come in order, and cancelled ones are forgotten."""

from jobqueue.cloudwatch.timers import SWEEP_FROM, After, Timers


def test_actions_come_in_the_order_of_their_times_and_then_of_their_setting() -> None:
    timers, seen = Timers(), []

    def seen_as(name: str) -> object:
        def act(after: After) -> None:
            seen.append(name)

        return act

    for due, name in [(3.0, "late"), (1.0, "first"), (1.0, "second")]:
        timers.at(due, seen_as(name))  # type: ignore[arg-type]
    for action in timers.due_actions(1.0):
        action([])
    assert seen == ["first", "second"]
    assert timers.next_due() == 3.0


def test_a_cancelled_timer_does_nothing_and_may_be_cancelled_again() -> None:
    timers = Timers()
    timer = timers.at(1.0, lambda after: None)
    timer.cancel()
    timer.cancel()
    assert timers.due_actions(2.0) == []
    assert timers.next_due() == float("inf")


def test_a_timer_that_came_due_can_be_cancelled_without_harm() -> None:
    timers = Timers()
    timer = timers.at(1.0, lambda after: None)
    assert len(timers.due_actions(1.0)) == 1
    timer.cancel()
    assert len(timers) == 0


def test_shells_of_cancelled_timers_are_swept_out() -> None:
    timers = Timers()
    kept = timers.at(1e9, lambda after: None)
    for number in range(10 * SWEEP_FROM):
        timers.at(float(number), lambda after: None).cancel()
    assert len(timers) < 3 * SWEEP_FROM
    assert kept.action is not None
