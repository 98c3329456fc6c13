"""Blocking work on a bounded set of threads."""

from __future__ import annotations

import threading
from threading import Barrier, Event, Thread

import pytest

from jobqueue.consumer.workers import Workers
from jobqueue.testing.recording import Recording

from .workbench import WAIT_SECONDS


def no_error(item: object, error: BaseException) -> None:
    raise AssertionError from error


def test_at_most_as_many_run_at_once_as_allowed_and_all_of_them_do() -> None:
    together = Barrier(3)
    done: Recording[int] = Recording()

    def work(item: int) -> None:
        together.wait(WAIT_SECONDS)
        done.add(item)

    workers = Workers("w", 3, work, no_error)
    for item in range(9):
        workers.submit(item)
    assert sorted(done.wait_for(lambda seen: len(seen) == 9)) == list(range(9))
    workers.close()


def test_work_that_raises_is_handed_to_broken_and_costs_no_thread() -> None:
    broken: Recording[tuple[int, str]] = Recording()

    def work(item: int) -> None:
        raise ValueError(item)

    workers = Workers("w", 1, work, lambda item, error: broken.add((item, str(error))))
    for item in range(3):
        workers.submit(item)
    assert broken.wait_for(lambda seen: len(seen) == 3) == [(0, "0"), (1, "1"), (2, "2")]
    workers.close()


def test_what_no_thread_has_begun_can_be_taken_back() -> None:
    begun, go_on, done = Event(), Event(), Recording[int]()

    def work(item: int) -> None:
        begun.set()
        assert go_on.wait(WAIT_SECONDS)
        done.add(item)

    workers = Workers("w", 1, work, no_error)
    for item in range(4):
        workers.submit(item)
    assert begun.wait(WAIT_SECONDS)
    assert workers.open == 4
    assert workers.take_back() == [1, 2, 3]
    assert workers.open == 1
    workers.close()
    assert workers.take_back() == []
    go_on.set()
    assert done.wait_for(lambda seen: len(seen) == 1) == [0]


def test_no_thread_is_started_before_there_is_work_nor_kept_after_the_close() -> None:
    before = set(threading.enumerate())
    done: Recording[int] = Recording()
    workers = Workers("w", 50, done.add, no_error)
    assert set(threading.enumerate()) <= before
    workers.submit(1)
    done.wait_for(lambda seen: len(seen) == 1)
    mine = set(threading.enumerate()) - before
    assert len(mine) == 1
    workers.close()
    workers.join(WAIT_SECONDS)
    assert not any(thread.is_alive() for thread in mine)


def test_a_join_waits_no_longer_than_it_is_told_for_work_that_hangs() -> None:
    begun, go_on = Event(), Event()

    def hang(item: int) -> None:
        begun.set()
        go_on.wait(WAIT_SECONDS)

    before = set(threading.enumerate())
    workers = Workers("w", 1, hang, no_error)
    workers.submit(1)
    assert begun.wait(WAIT_SECONDS)
    workers.close()
    workers.join(0.01)
    (hanging,) = set(threading.enumerate()) - before
    assert hanging.is_alive()
    go_on.set()
    workers.join(WAIT_SECONDS)
    assert not hanging.is_alive()


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), MemoryError()])
def test_nothing_that_work_or_broken_raises_costs_a_thread(error: BaseException) -> None:
    done: Recording[int] = Recording()

    def work(item: int) -> None:
        if item < 3:
            raise error
        done.add(item)

    def broken(item: int, error: BaseException) -> None:
        raise error

    workers = Workers("w", 1, work, broken)
    for item in range(4):
        workers.submit(item)
    assert done.wait_for(lambda seen: len(seen) == 1) == [3]
    workers.close()


def test_an_item_whose_thread_cannot_be_started_runs_once_one_can_without_a_further_item(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done: Recording[int] = Recording()
    workers = Workers("w", 2, done.add, no_error)

    def no_thread(thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as without:
        without.setattr(Thread, "start", no_thread)
        for item in range(3):
            workers.submit(item)
        assert workers.start_missing() > 0
        assert workers.open == 3
    assert workers.start_missing() == 0
    assert done.wait_for(lambda seen: len(seen) == 3) == [0, 1, 2]
    assert [record.getMessage() for record in caplog.records] == [
        "a w thread cannot start: can't start new thread. It is tried again each second"
    ]
    workers.close()


def test_what_waits_for_a_thread_can_be_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", no_thread)
    workers = Workers("w", 2, lambda item: None, no_error)
    workers.submit(1)
    assert workers.take_back() == [1]
    assert workers.start_missing() == 0


def test_work_that_blocks_delays_nothing_behind_it() -> None:
    go_on = Event()
    done: Recording[int] = Recording()

    def work(item: int) -> None:
        if item < 9:
            assert go_on.wait(WAIT_SECONDS)
        done.add(item)

    workers = Workers("w", 10, work, no_error)
    for _ in range(2):  # once while threads are started, once while idle ones are woken
        for item in range(10):
            workers.submit(item)
        assert done.wait_for(lambda seen: len(seen) % 10 == 1)[-1] == 9
        go_on.set()
        done.wait_for(lambda seen: len(seen) % 10 == 0)
        go_on.clear()
    workers.close()
