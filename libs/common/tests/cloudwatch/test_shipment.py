"""Batches stay within every limit, in order, and lose nothing."""

from collections import deque
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jobqueue.cloudwatch.limits import (
    EVENT_OVERHEAD_BYTES,
    MAX_BATCH_BYTES,
    MAX_BATCH_EVENTS,
    MAX_BATCH_SPAN_MS,
    MAX_EVENT_BYTES,
)
from jobqueue.cloudwatch.records import Account, Event
from jobqueue.cloudwatch.shipment import take_batch

ACCOUNT = Account("own", exists=False)
LARGEST = MAX_EVENT_BYTES + EVENT_OVERHEAD_BYTES


class Made(Event):
    """An event whose size is said; what else is of its account stays out of a batch."""

    def __init__(self, number: int, job: int, stamp_ms: int, size: int, *, is_open: bool = True) -> None:
        super().__init__(ACCOUNT, stamp_ms, b"", is_open)
        self.number = number
        self.job = job
        self.said = size

    @property
    def size(self) -> int:
        return self.said


def all_batches(events: list[Made]) -> list[list[Any]]:
    buffer: deque[Event] = deque(events)
    batches: list[list[Any]] = []
    while buffer:
        batches.append(take_batch(buffer))
    return batches


STEPS = st.tuples(
    st.integers(0, 2),
    st.one_of(st.integers(0, 5_000), st.integers(0, 2 * MAX_BATCH_SPAN_MS)),
    st.one_of(st.integers(27, 500), st.integers(27, LARGEST)),
)


@given(st.lists(STEPS, max_size=60))
def test_any_events_of_several_jobs_split_into_batches_within_every_limit(steps: list[tuple[int, int, int]]) -> None:
    now = dict.fromkeys(range(3), 1_000)  # each job's stamps never go back, those of different jobs mix
    events = []
    for number, (job, later, size) in enumerate(steps):
        now[job] += later
        events.append(Made(number, job, now[job], size))
    batches = all_batches(events)
    for batch in batches:
        stamps = [event.stamp_ms for event in batch]
        assert 0 < len(batch) <= MAX_BATCH_EVENTS
        assert sum(event.size for event in batch) <= MAX_BATCH_BYTES
        assert stamps == sorted(stamps)
        assert stamps[-1] - stamps[0] < MAX_BATCH_SPAN_MS
    sent = [event for batch in batches for event in batch]
    assert sorted(sent, key=lambda event: event.number) == events
    for job in range(3):
        assert [event for event in sent if event.job == job] == [event for event in events if event.job == job]


def test_a_batch_ends_at_ten_thousand_events() -> None:
    events = [Made(number, 0, 1_000, 30) for number in range(MAX_BATCH_EVENTS + 1)]
    assert [len(batch) for batch in all_batches(events)] == [MAX_BATCH_EVENTS, 1]


def test_a_batch_is_filled_to_the_last_byte() -> None:
    half = MAX_BATCH_BYTES // 2
    assert [len(batch) for batch in all_batches([Made(0, 0, 0, half), Made(1, 0, 0, half), Made(2, 0, 0, 27)])] == [
        2,
        1,
    ]


def test_nothing_to_ship_is_an_empty_batch() -> None:
    assert take_batch(deque[Event]()) == []


def test_what_has_its_fate_is_left_out() -> None:
    buffer: deque[Any] = deque([Made(number, 0, 0, 30, is_open=number % 2 == 0) for number in range(5)])
    assert [event.number for event in take_batch(buffer)] == [0, 2, 4]
    assert not buffer
