"""Limits of one PutLogEvents call: order, number of events, bytes and time span."""

from __future__ import annotations

from localaws.log_forward.batch import EVENT_BYTES, MAX_BYTES, MAX_EVENT_BYTES, MAX_EVENTS, Batch, messages_of
from localaws.log_forward.lines import Line

DAY = 24 * 3_600_000


def test_events_are_in_the_order_of_their_times_and_else_as_they_came() -> None:
    batch = Batch()
    for milliseconds, message in ((2, "a"), (1, "b"), (2, "c")):
        assert batch.add(milliseconds, message)
    assert [(event["timestamp"], event["message"]) for event in batch.events()] == [(1, "b"), (2, "a"), (2, "c")]


def test_a_hundred_events_are_full() -> None:
    batch = Batch()
    while not batch.is_full():
        assert batch.add(1, "x")
    assert (len(batch), batch.add(1, "x")) == (MAX_EVENTS, False)


def test_bytes_are_counted_as_utf_8_with_the_events_own() -> None:
    batch = Batch()
    half = (MAX_BYTES // 2 - EVENT_BYTES) // 2
    assert batch.add(1, "é" * half)
    assert batch.add(1, "é" * half)
    assert not batch.add(1, "")


def test_a_call_spans_less_than_a_day_either_way() -> None:
    batch = Batch()
    assert batch.add(DAY, "x")
    assert not batch.add(2 * DAY, "x")
    assert not batch.add(0, "x")
    assert batch.add(1, "x")
    assert not batch.add(DAY + 1, "x")


def test_a_line_that_is_too_long_is_split_between_characters() -> None:
    text = "x" + "é" * MAX_EVENT_BYTES
    parts = list(messages_of(Line("", text)))
    assert "".join(parts) == text
    assert [len(part.encode()) + EVENT_BYTES for part in parts[:2]] == [MAX_EVENT_BYTES - 1, MAX_EVENT_BYTES]
    assert Batch().add(1, parts[0])


def test_an_empty_line_is_no_event() -> None:
    assert list(messages_of(Line("", ""))) == []
