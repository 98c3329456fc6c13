"""Every event is confirmed or told, in order, and every log ends once, whatever the service does."""

import gc
from collections import defaultdict
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobqueue.cloudwatch.book import MAX_SHIPMENT_SECONDS, Book
from jobqueue.cloudwatch.errors import LogsError, Trouble
from jobqueue.cloudwatch.records import Account, memory_of
from jobqueue.cloudwatch.room import Room
from jobqueue.cloudwatch.settings import JobLogSettings
from jobqueue.cloudwatch.shipment import Notice, Shipment

OVERFLOW = "job-streams-overflow/2026-01-01/task"


class World:
    """A book, its logs, and a service that answers as it is told. Time goes by when the test says so."""

    def __init__(self, **changes: Any) -> None:
        chosen: dict[str, Any] = {"job_log_group": "/jobs", "job_log_streams_per_second": 1000.0, **changes}
        self.settings = JobLogSettings(**chosen)
        self.room = Room(self.settings.job_log_buffer_bytes // 2, lambda: None)
        self.overflowed: list[int] = []
        self.lost: list[int] = []
        self.book = Book(
            self.settings,
            self.room,
            lambda: OVERFLOW,
            on_overflow=self.overflowed.append,
            on_undelivered=self.lost.append,
        )
        self.now = 1_000.0
        self.calls: list[Shipment] = []
        self.kept: dict[str, list[bytes]] = defaultdict(list)
        self.told: list[bytes] = []
        self.ends: list[Account] = []

    def open(self, name: str = "own", *, attempt: int = 1) -> Account:
        return Account(name, exists=attempt > 1)

    def write(self, account: Account, text: bytes, stamp_ms: int = 0) -> None:
        assert self.room.admits(account.share, memory_of(text))
        self.book.wrote(account, stamp_ms, [text], self.now)
        self.act()

    def finish(self, account: Account) -> None:
        self.book.finished(account, lambda: self.ends.append(account), self.now)
        self.act()

    def run(self, *texts: bytes, name: str = "own", attempt: int = 1) -> Account:
        account = self.open(name, attempt=attempt)
        for text in texts:
            self.write(account, text)
        self.finish(account)
        return account

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.act()

    def answer(self, call: Shipment, trouble: Trouble | None = None, *, created: bool = True, rejects: int = 0) -> None:
        """The service obeys, but for the oldest `rejects` events, or fails: where it `created`, it fails the put only."""
        if call in self.calls:
            self.calls.remove(call)
        call.created = call.creates and (trouble is None or created)
        if trouble is None:
            call.accepted = slice(rejects, len(call.events))
            self.kept[call.stream.name] += [text for _, text in call._entries[rejects:]]
        else:
            call.error = LogsError(trouble, "words")
        self.book.shipped(call, self.now)
        self.act()

    def act(self) -> None:
        """What the shipper does in each turn; stdout takes everything at once."""
        self.book.look(self.now)
        while (call := self.book.next_call(self.now)) is not None:
            if isinstance(call, Notice):
                self.told += [event.text for event in call.events]
                self.book.outstanding.written(call)
            else:
                self.calls.append(call)
        ended, self.book.outstanding.ended = self.book.outstanding.ended, []
        for then in ended:
            then()

    def texts(self, call: Shipment) -> list[bytes]:
        return [text for _, text in call._entries]


def test_a_running_job_is_shipped_when_its_oldest_event_is_old_enough() -> None:
    world = World(job_log_linger_seconds=5.0)
    account = world.open()
    world.write(account, b"one")
    world.pass_time(4.9)
    world.write(account, b"two")
    assert world.calls == []
    world.pass_time(0.2)
    (call,) = world.calls
    assert (call.creates, world.texts(call)) == (True, [b"one", b"two"])


def test_a_wall_clock_that_is_set_back_does_not_break_the_order() -> None:
    world = World()
    account = world.open()
    world.write(account, b"one", stamp_ms=5_000)
    world.write(account, b"two", stamp_ms=1_000)
    world.finish(account)
    assert world.calls[0]._entries == [(5_000, b"one"), (5_000, b"two")]


def test_a_finished_job_is_given_up_at_its_deadline_and_not_before() -> None:
    world = World(job_log_confirm_seconds=30.0)
    account = world.run(b"one")
    world.pass_time(29.9)
    assert not world.ends
    world.pass_time(0.1)
    assert (world.told, world.ends, world.lost) == ([b"one"], [account], [1])


def test_a_call_without_an_answer_is_made_again_and_its_late_answer_counts_where_it_is_still_news() -> None:
    world = World(job_log_confirm_seconds=600.0)
    world.run(b"one", attempt=2)
    (hung,) = world.calls
    world.pass_time(MAX_SHIPMENT_SECONDS)
    world.pass_time(1)  # the pause after a failure
    assert [world.texts(call) for call in world.calls] == [[b"one"], [b"one"]]
    again = world.calls[-1]
    world.answer(hung)
    assert len(world.ends) == 1
    world.answer(again)
    assert (len(world.ends), world.told, world.room.held) == (1, [], 0)


def test_jobs_wait_for_their_turns_and_need_no_caller_meanwhile() -> None:
    world = World(job_log_streams_per_second=1.0, job_log_shippers=1)
    for name in ("first", "second", "third"):
        world.run(b"x", name=name)
    world.answer(world.calls[0])
    assert world.calls == []
    for name in ("second", "third"):
        world.pass_time(1)
        assert world.calls[0].stream.name == name
        world.answer(world.calls[0])
    assert (len(world.ends), world.overflowed) == (3, [])


def test_a_throttled_create_overflows_at_once_and_nobody_creates_for_a_second() -> None:
    world = World(job_log_stream_wait_seconds=0.5)
    world.run(b"one")
    world.answer(world.calls[0], Trouble.THROTTLED, created=False)
    world.pass_time(0.4)
    world.run(b"two", name="another")  # 0.6 s are left of the pause: more than it may wait
    assert [(call.stream.name, world.texts(call)) for call in world.calls] == [(OVERFLOW, [b"one"])]
    world.answer(world.calls[0])
    world.pass_time(0.25)
    assert [(call.stream.name, world.texts(call)) for call in world.calls] == [(OVERFLOW, [b"two"])]


def test_events_of_a_job_given_up_do_not_hold_up_the_others_of_the_overflow_stream() -> None:
    world = World(job_log_streams_per_second=0.01, job_log_stream_wait_seconds=0.0)
    world.run(b"takes the only turn")
    world.answer(world.calls[0])
    running = world.open("running")
    world.write(running, b"running, and before it in the buffer")
    world.pass_time(5)
    given_up = world.run(b"old", name="old")
    world.pass_time(0.25)
    world.answer(world.calls[0], Trouble.UNAVAILABLE, created=False)
    for _ in range(4):
        world.pass_time(5)
        world.answer(world.calls[0], Trouble.UNAVAILABLE, created=False)
    healthy = world.run(b"young", name="young")
    world.pass_time(9.9)
    assert world.told == [b"old"]
    assert given_up in world.ends
    assert healthy not in world.ends
    while world.calls:
        world.answer(world.calls[0])
    assert world.kept[OVERFLOW] == [b"running, and before it in the buffer", b"young"]


def test_a_running_jobs_event_in_the_overflow_stream_keeps_no_memory_of_those_that_came_and_went() -> None:
    world = World(job_log_streams_per_second=0.01, job_log_stream_wait_seconds=0.0, job_log_shippers=1)
    world.run(b"takes the only turn")
    running = world.open("running")
    world.write(running, b"x")
    world.answer(world.calls[0])
    world.pass_time(10)
    for number in range(200):
        world.run(b"y", name=str(number))
        world.pass_time(31)
    assert running.stream.own is None
    assert len(running.stream.buffer) < 10


def test_a_log_that_has_ended_is_freed_without_the_garbage_collector() -> None:
    world = World()
    world.run(b"one", name="of this test")
    gc.disable()
    try:
        world.answer(world.calls[0])
        world.ends.clear()
        kept = [found for found in gc.get_objects() if isinstance(found, Account)]
        assert "of this test" not in [account.stream.name for account in kept]
    finally:
        gc.enable()


def test_calls_that_hang_with_much_leave_room_for_others() -> None:
    world = World(job_log_buffer_bytes=16_777_216)
    for number in range(8):
        world.run(b"x" * 900_000, name=str(number), attempt=2)
    hanging = len(world.calls)
    assert hanging < 8, "what calls copy is bounded"
    world.run(b"small", name="small", attempt=2)
    assert world.texts(world.calls[-1]) == [b"small"]


@pytest.mark.parametrize("events", [1, 3])
def test_a_stop_ships_what_lingers_what_waits_and_what_would_be_tried_later(events: int) -> None:
    world = World(job_log_streams_per_second=1.0)
    world.run(*[b"own"] * events)
    world.answer(world.calls[0], Trouble.UNAVAILABLE, created=False)
    world.run(b"waits for its turn", name="waiting")
    world.write(world.open("running"), b"lingers")
    assert world.calls == []
    world.book.stop()
    world.act()
    while world.calls:
        world.answer(world.calls[0])
        world.pass_time(1)
    assert sum(map(len, world.kept.values())) == events + 2


TROUBLES = st.sampled_from([None, None, None, *Trouble])
STEP = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 3), st.integers(0, 40)),
    st.tuples(st.just("finish"), st.integers(0, 3), st.none()),
    st.tuples(st.just("answer"), st.integers(0, 9), st.tuples(TROUBLES, st.booleans(), st.integers(0, 3))),
    st.tuples(st.just("time"), st.sampled_from([0.1, 1.0, 6.0, 12.0, 40.0]), st.none()),
    st.tuples(st.sampled_from(["hurry", "stop"]), st.none(), st.none()),
)


class Play:
    """Any interleaving of news, answers and time, and what the service said of each text."""

    def __init__(self, share: float, shippers: int) -> None:
        self.world = World(job_log_streams_per_second=share, job_log_shippers=shippers, job_log_stream_wait_seconds=1.0)
        self.accounts = [self.world.open(f"job-{number}", attempt=1 + number % 2) for number in range(4)]
        self.written: dict[Account, list[bytes]] = {account: [] for account in self.accounts}
        self.late: set[bytes] = set()
        self.confirmed: set[bytes] = set()
        self.told_first: set[bytes] = set()

    def write(self, which: int, stamp_ms: int) -> None:
        account = self.accounts[which]
        text = b"%d-%d" % (which, len(self.written[account]))
        self.written[account].append(text)
        if account.finished:
            self.late.add(text)
        self.world.write(account, text, stamp_ms)

    def finish(self, which: int, _: None) -> None:
        if not self.accounts[which].finished:
            self.world.finish(self.accounts[which])

    def answer(self, which: int, how: tuple[Trouble | None, bool, int]) -> None:
        if not self.world.calls:
            return
        trouble, created, rejects = how
        call = self.world.calls[which % len(self.world.calls)]
        texts = self.world.texts(call)
        self.told_first.update(set(texts) & set(self.world.told))
        if trouble is None:
            self.confirmed.update(texts[rejects:])
        self.world.answer(call, trouble, created=created, rejects=rejects)

    def time(self, seconds: float, _: None) -> None:
        self.world.pass_time(seconds)

    def hurry(self, *_: None) -> None:
        self.world.book.hurry()
        self.world.act()

    def stop(self, *_: None) -> None:
        self.world.book.stop()
        self.world.act()

    def end(self) -> None:
        """The stop's time is over; calls that hung answer later."""
        for which in range(len(self.accounts)):
            self.finish(which, None)
        self.world.book.give_up_all()
        self.world.act()
        while self.world.calls:
            self.answer(0, (None, True, 0))
        self.world.pass_time(600)


@pytest.mark.slow
@settings(max_examples=300)
@given(st.lists(STEP, max_size=60), st.sampled_from([0.01, 1.0, 1000.0]), st.integers(1, 3))
def test_any_service_leaves_every_event_confirmed_or_told_in_order_and_every_log_ended_once(
    steps: list[tuple[str, Any, Any]], share: float, shippers: int
) -> None:
    play = Play(share, shippers)
    world = play.world
    for action, which, how in steps:
        getattr(play, action)(which, how)
        assert len(world.calls) <= shippers
    play.end()

    assert sorted(world.ends, key=play.accounts.index) == play.accounts
    assert world.room.held == 0
    assert world.book.next_at() == inf
    assert all(account.share.held == 0 for account in play.accounts)
    assert len(world.told) == len(set(world.told)) == sum(world.lost)
    for texts in play.written.values():
        # What was confirmed first is not told, and what was rejected or given up is.
        assert all((text in world.told) != (text in play.confirmed - play.told_first) for text in texts)
        told = [text for text in world.told if text in texts and text not in play.late]
        assert told == sorted(told, key=texts.index)
        for stream in world.kept.values():
            # A service may reject an event in a late answer and take it from the repeated call.
            mine = list(dict.fromkeys(text for text in stream if text in texts and text not in world.told))
            assert mine == sorted(mine, key=texts.index)
