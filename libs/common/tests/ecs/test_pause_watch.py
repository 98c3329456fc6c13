"""That a protected task hears of a pause, that nobody is asked in vain, and that no answer is no pause."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import Queue, SimpleQueue

import pytest

from jobqueue.ecs.pause_watch import AGAIN_SECONDS, LOOK_SECONDS, MAX_ASSUMED_SECONDS, PauseWatch
from jobqueue.ecs.service import CALL_SECONDS, ServiceError
from jobqueue.testing import ManualClock

WAIT_SECONDS = 10.0
LONG_POLL_SECONDS, TICK_SECONDS = 20, 1
Answer = int | Exception


class Desired:
    """ECS: says what it is told to say next, and waits for that; `asked` is set off by each question."""

    def __init__(self) -> None:
        self.answers: Queue[Answer] = Queue()
        self.asked: SimpleQueue[None] = SimpleQueue()

    def __call__(self) -> int:
        self.asked.put(None)
        answer = self.answers.get(timeout=WAIT_SECONDS)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def next(self, answer: Answer) -> None:
        """The next question is answered so, and the one after it was asked: so the answer was taken in."""
        self.answers.put(answer)
        self.asked.get(timeout=WAIT_SECONDS)

    def is_asked(self) -> None:
        self.asked.get(timeout=WAIT_SECONDS)


def eager(desired: Callable[[], int], protected: Callable[[], bool] = lambda: True, **also: object) -> PauseWatch:
    """Asks again at once."""
    return PauseWatch(desired, protected, look_seconds=0, again_seconds=0, **also)  # type: ignore[arg-type]


def test_within_a_minute_of_a_pause_the_last_poll_is_over_though_a_call_fails() -> None:
    call = CALL_SECONDS
    assert LOOK_SECONDS + call + AGAIN_SECONDS + call + TICK_SECONDS + LONG_POLL_SECONDS <= 60


def test_a_desired_count_of_zero_is_a_pause_and_another_ends_it() -> None:
    desired = Desired()
    watch = eager(desired)
    watch.look()
    desired.is_asked()
    for answer, paused in ((3, False), (0, True), (0, True), (1, False)):
        desired.next(answer)
        assert watch.paused is paused
    watch.close()
    desired.answers.put(1)


def test_nobody_is_asked_before_protection_is_wanted_nor_after_it_ended() -> None:
    desired, protected = Desired(), threading.Event()
    watch = eager(desired, protected.is_set)
    assert watch._thread is None
    protected.set()
    watch.look()
    desired.is_asked()
    protected.clear()
    desired.answers.put(2)
    assert watch._thread is not None
    watch._thread.join(0.2)
    assert desired.asked.empty()
    protected.set()
    watch.look()
    desired.is_asked()
    watch.close()
    desired.answers.put(2)


def test_a_pause_is_asked_about_until_it_ends_though_protection_was_given_up() -> None:
    desired, protected = Desired(), threading.Event()
    protected.set()
    watch = eager(desired, protected.is_set)
    watch.look()
    desired.is_asked()
    protected.clear()
    desired.next(0)
    assert watch.paused
    desired.next(0)
    desired.answers.put(2)
    assert watch._thread is not None
    watch.close()
    watch._thread.join(WAIT_SECONDS)
    assert not watch.paused


@pytest.mark.parametrize("error", [ServiceError("no"), ZeroDivisionError("a defect"), RecursionError()])
def test_what_was_not_answered_is_no_pause_and_is_said_once_a_minute(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    desired = Desired()
    watch = eager(desired)
    watch.look()
    desired.is_asked()
    for _ in range(20):
        desired.next(error)
        assert not watch.paused
    desired.next(0)
    assert watch.paused, "and asking goes on"
    watch.close()
    desired.answers.put(0)
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(said) == 1
    assert "jobs go on" in said[0]


def test_a_question_that_hangs_holds_up_nobody() -> None:
    desired = Desired()
    watch = eager(desired)
    watch.look()
    desired.is_asked()
    for _ in range(100):
        watch.look()
        assert not watch.paused
    watch.close()
    desired.answers.put(0)


def test_a_pause_that_cannot_be_asked_about_any_more_is_not_believed_in_for_ever() -> None:
    clock, desired = ManualClock(), Desired()
    watch = eager(desired, now=clock.now)
    watch.look()
    desired.is_asked()
    desired.next(0)
    clock.advance(MAX_ASSUMED_SECONDS - 1)
    desired.next(ServiceError("no"))
    assert watch.paused
    clock.advance(1)
    assert not watch.paused
    watch.close()
    desired.answers.put(1)
