"""Types that run only so many at once: in turn, beside other types, and without a receive that counts."""

from __future__ import annotations

from collections import Counter
from threading import Event, Lock
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue import Context, HandlerOptions, JobCatalogue
from jobqueue.consumer import consumer as module
from jobqueue.consumer import turns as turns_module
from jobqueue.consumer.suspects import SUSPECT_AFTER
from jobqueue.consumer.turns import MAX_BACK_SECONDS, MIN_BACK_SECONDS, Turn, Turns
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.history import HISTORY, read_history
from jobqueue.testing import InMemoryQueue, drain

from .executing import fine
from .test_alone import lost, put_with
from .workbench import WAIT_SECONDS, Worker, a_delivery, put_jobs, quick

TYPE = next(iter(JobCatalogue({"limited": fine}).table.values()))


@pytest.fixture(autouse=True)
def short_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TICK_SECONDS", 0.005)
    monkeypatch.setattr(module, "DRAIN_TICK_SECONDS", 0.002)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes back comes again at once."""
    monkeypatch.setattr(turns_module, "MIN_BACK_SECONDS", 0.0)
    monkeypatch.setattr(turns_module, "MAX_BACK_SECONDS", 0.0)


class Counted:
    """A handler that knows how many of each type run at once. Jobs of type `limited` wait for `go_on`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.go_on, self.begun, self.others = Event(), Event(), Event()

    def __call__(self, data: dict[str, Any], context: Context) -> None:
        with self._lock:
            self._running[context.type] += 1
            self.most[context.type] = max(self.most[context.type], self._running[context.type])
        if context.type == "limited":
            self.begun.set()
            assert self.go_on.wait(60)
        with self._lock:
            self._running[context.type] -= 1
            self.done[context.type] += 1
            if self.done["work"] == 1_000:
                self.others.set()

    def catalogue(self, limit: int = 1) -> JobCatalogue:
        return JobCatalogue({"limited": HandlerOptions(self, max_concurrency=limit), "work": self})


@given(
    limit=st.integers(1, 3),
    max_unsettled=st.integers(1, 12),
    steps=st.lists(st.booleans(), max_size=60),
)
def test_no_more_than_the_limit_runs_those_that_wait_follow_in_order_and_none_is_forgotten(
    limit: int, max_unsettled: int, steps: list[bool]
) -> None:
    turns = Turns({TYPE: limit}, max_unsettled)
    running: list[Delivery] = []
    waiting: list[Delivery] = []
    for arrives in steps:
        if arrives:
            delivery = a_delivery()
            turn = turns.enter(TYPE, delivery)
            expected = (
                Turn.RUNS if len(running) < limit else Turn.WAITS if len(waiting) < max_unsettled // 2 else Turn.FULL
            )
            assert turn is expected
            {Turn.RUNS: running, Turn.WAITS: waiting, Turn.FULL: []}[turn].append(delivery)
        elif running:
            following = turns.leave(running.pop())
            assert following is (waiting.pop(0) if waiting else None)
            if following is not None:
                assert turns.enter(TYPE, following) is Turn.RUNS, "its turn has come"
                running.append(following)
    assert turns.take_back() == waiting


def test_a_delivery_goes_back_for_about_as_long_as_those_before_it_take() -> None:
    now = [0.0]
    turns = Turns({TYPE: 2}, 20, now=lambda: now[0])
    for _ in range(2 + 10):
        turns.enter(TYPE, a_delivery())
    assert turns.back_seconds(TYPE) <= MIN_BACK_SECONDS, "nothing is known yet"
    now[0] = 10.0
    assert 27 <= turns.back_seconds(TYPE) <= 55, "eleven before it, two at once, ten seconds each at least"
    now[0] = 1_000.0
    assert turns.back_seconds(TYPE) <= MAX_BACK_SECONDS
    turns.close()
    assert turns.back_seconds(TYPE) == 0


def test_what_lost_its_lease_while_it_waited_does_not_run() -> None:
    turns = Turns({TYPE: 1}, 20)
    first, second, third = a_delivery(), a_delivery(), a_delivery()
    assert [turns.enter(TYPE, one) for one in (first, second, third)] == [Turn.RUNS, Turn.WAITS, Turn.WAITS]
    assert turns.lost(second)
    assert not turns.lost(first)
    assert turns.leave(first) is third


@pytest.mark.slow
@pytest.mark.usefixtures("at_once")
def test_a_thousand_jobs_of_a_limited_type_hold_up_none_of_a_thousand_others() -> None:
    counted = Counted()
    queue = InMemoryQueue(dead_letters=InMemoryQueue("sqs-dead-letters"), max_receive_count=10)
    put_jobs(queue, 1_000, "limited")
    put_jobs(queue, 1_000)
    with Worker(counted.catalogue(), queue=queue, policy=quick(max_polls=2)) as worker:
        assert counted.others.wait(60), f"{counted.done} while one of the limited type ran"
        assert counted.done["limited"] == 0
        counted.go_on.set()
        queue.wait_until_empty(120)
        assert worker.drained() == 0
        assert worker.slots == (0, 0)
    assert counted.done == {"limited": 1_000, "work": 1_000}
    assert counted.most["limited"] == 1
    assert queue.dead_letters is not None
    assert (len(queue.dead_letters), len(worker.dead_letters)) == (0, 0)


@pytest.mark.usefixtures("at_once")
def test_what_goes_back_keeps_its_ids_and_attributes_and_has_lost_no_attempt() -> None:
    counted = Counted()
    with Worker(counted.catalogue(), policy=quick(max_unsettled=10)) as worker:
        put_jobs(worker.queue, 1, "limited")
        assert counted.begun.wait(WAIT_SECONDS)
        sent = worker.queue.put(
            '{"jobType":"limited","version":1,"data":{}}', {"colour": Attribute("blue")}, trace_header="Root=1"
        )
        put_jobs(worker.queue, 5, "limited")
        worker.observer.wait_for_count("settled", 1)
        worker.consumer.drain()
        worker.draining.wait(WAIT_SECONDS)
        counted.go_on.set()
        assert worker.drained() == 0
        [kept] = [one for one in worker.queue.stored() if "colour" in one.attributes]
        assert len(worker.queue) == 6
    history = read_history(kept.attributes[HISTORY].value)
    assert history is not None
    assert (history.message_id, history.attempts, history.lost) == (sent, 0, 0)
    assert (kept.attributes["colour"].value, kept.trace_header, kept.receive_count) == ("blue", "Root=1", 0)


def test_what_cannot_be_sent_again_waits_however_many_do() -> None:
    counted = Counted()
    full = {f"a{number}": Attribute("x") for number in range(10)}
    with Worker(counted.catalogue(), policy=quick(max_unsettled=10)) as worker:
        put_jobs(worker.queue, 1, "limited")
        assert counted.begun.wait(WAIT_SECONDS)
        for _ in range(8):
            worker.queue.put('{"jobType":"limited","version":1,"data":{}}', full)
        worker.queue.wait_for(lambda queue: all(one.receive_count for one in queue.stored()))
        counted.go_on.set()
        worker.queue.wait_until_empty()
        assert worker.drained() == 0
    assert {fact.outcome.word for fact in worker.observer.named("settled") if fact.outcome} == {"done"}
    assert (counted.done["limited"], counted.most["limited"]) == (9, 1)


def test_a_suspect_runs_alone_though_jobs_wait_for_their_turn() -> None:
    counted = Counted()
    with Worker(counted.catalogue()) as worker:
        put_jobs(worker.queue, 5, "limited")
        assert counted.begun.wait(WAIT_SECONDS)
        put_with(worker.queue, lost(SUSPECT_AFTER), "work")
        worker.observer.wait_for_count("settled", 4)
        assert counted.done["work"] == 0, "one of the limited type still runs"
        counted.go_on.set()
        worker.queue.wait_until_empty()
        assert worker.drained() == 0
        assert worker.slots == (0, 0)
    assert counted.done == {"limited": 5, "work": 1}


@pytest.mark.parametrize(("own", "runs"), [({}, 5), ({"max_attempts": 1}, 1), ({"max_attempts": 3}, 3)])
def test_a_type_has_attempts_of_its_own(own: dict[str, int], runs: int) -> None:
    tried = []

    def fail(data: dict[str, Any], context: Context) -> None:
        tried.append(context.attempt)
        raise RuntimeError("no")

    queue = InMemoryQueue()
    put_jobs(queue, 1)
    drained = drain(JobCatalogue({"work": HandlerOptions(fail, **own)}), queue)  # type: ignore[arg-type]
    assert [letter.reason for letter in drained.dead_letters] == ["attempts_exhausted"]
    assert tried == [*range(1, runs + 1)]
