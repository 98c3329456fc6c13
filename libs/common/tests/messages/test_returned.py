"""A message that is given back as a copy is the same message, and its copies count what SQS's receive count cannot."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.history import HISTORY, History, read_history
from jobqueue.messages.job import best_job_id, correlation_id_of
from jobqueue.messages.limits import MAX_DELAY_SECONDS
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.messages.returned import MAX_AGE_SECONDS, returned

NOW_MS = 1_767_225_600_000
DELIVERY = Delivery(
    queue="triggers",
    message_id="5fea7756-0ea4-451a-a703-a558b933e274",
    receipt="r",
    body='{"trigger": "test"}',
    receive_count=3,
    sent_ms=NOW_MS - 60_000,
    received_at=0.0,
    received_ms=NOW_MS,
    attributes={"tenant": Attribute("acme"), "photo": Attribute(b"\x00", "Binary")},
    trace_header="Root=1-5759e988-bd862e3fe1be46a994272793",
    group_id="acme",
)


def received(copy: OutgoingMessage | None, *, receive_count: int = 1) -> Delivery:
    """The copy as it comes back, with ids of its own."""
    assert copy is not None
    return replace(
        DELIVERY,
        message_id="another",
        receive_count=receive_count,
        sent_ms=NOW_MS,
        received_ms=NOW_MS + 5_000,
        body=copy.body,
        attributes=copy.attributes,
        group_id=copy.group_id,
        trace_header=copy.trace_header,
    )


def test_a_copy_keeps_everything_that_its_sender_and_its_readers_know_it_by() -> None:
    again = received(returned(DELIVERY, now_ms=NOW_MS, attempts=2, lost=0))
    assert {name: value for name, value in again.attributes.items() if name != HISTORY} == DELIVERY.attributes
    assert (again.body, again.group_id, again.trace_header) == (DELIVERY.body, DELIVERY.group_id, DELIVERY.trace_header)
    assert best_job_id(again) == best_job_id(DELIVERY)
    assert correlation_id_of(again, {}) == correlation_id_of(DELIVERY, {}) == DELIVERY.message_id
    assert again.queue_wait_seconds == 65.0


@given(steps=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 4)), min_size=1, max_size=20))
def test_however_often_a_message_is_copied_its_receives_add_up_and_its_ids_stay(steps: list[tuple[int, int]]) -> None:
    delivery, receives = DELIVERY, DELIVERY.receive_count
    for delay, lost in steps:
        delivery = received(
            returned(delivery, now_ms=NOW_MS, attempts=delivery.attempt - 1, lost=lost, delay_seconds=delay),
            receive_count=1 + lost,
        )
        receives += 1 + lost
        assert delivery.receives == receives
        assert delivery.lost == 2 * lost
        assert best_job_id(delivery) == best_job_id(DELIVERY)


def test_a_delay_beyond_what_a_send_can_have_is_kept_and_its_receive_is_not_counted() -> None:
    copy = returned(DELIVERY, now_ms=NOW_MS, attempts=3, lost=0, delay_seconds=7_200)
    assert copy is not None
    assert copy.delay_seconds == MAX_DELAY_SECONDS
    again = received(copy, receive_count=2)
    assert again.history is not None
    assert again.history.held_until_ms == NOW_MS + 7_200_000
    assert (again.lost, again.attempt) == (0, 4)


def test_there_is_no_copy_without_room_for_its_history_nor_of_what_is_too_old() -> None:
    ten = replace(DELIVERY, attributes={letter: Attribute("x") for letter in string.ascii_lowercase[:10]})
    assert returned(ten, now_ms=NOW_MS, attempts=0, lost=0) is None
    old = received(returned(DELIVERY, now_ms=NOW_MS, attempts=0, lost=0))
    later_ms = DELIVERY.sent_ms + MAX_AGE_SECONDS * 1000 + 1
    assert returned(old, now_ms=later_ms, attempts=0, lost=0) is None, "by its first send, not by its copy's"


def test_a_copy_of_a_copy_needs_no_more_room() -> None:
    nine = replace(DELIVERY, attributes={letter: Attribute("x") for letter in string.ascii_lowercase[:9]})
    again = received(returned(nine, now_ms=NOW_MS, attempts=0, lost=0))
    assert returned(again, now_ms=NOW_MS, attempts=0, lost=0) is not None


@given(text=st.text() | st.binary())
def test_what_strangers_write_into_the_attribute_is_no_history(text: str | bytes) -> None:
    assert read_history(text) is None


@pytest.mark.parametrize(
    "text",
    [
        '{"messageId": "x", "sentMs": -1}',
        '{"messageId": "x", "sentMs": 1e300}',
        '{"messageId": "", "sentMs": 1}',
        '{"messageId": "a b", "sentMs": 1}',
        '{"messageId": "x", "sentMs": 1, "attempts": -1}',
        '{"messageId": "x", "sentMs": 1, "receives": 99999999999999999999}',
        '{"messageId": "x"}',
        "[]",
    ],
)
def test_a_history_that_could_not_be_is_none(text: str) -> None:
    assert read_history(text) is None
    assert best_job_id(replace(DELIVERY, attributes={HISTORY: Attribute(text)})) == best_job_id(DELIVERY)


def test_a_history_is_short() -> None:
    history = History(message_id=DELIVERY.message_id, sent_ms=NOW_MS, receives=3)
    assert len(history.write()) < 100
    assert read_history(history.write()) == history


@given(lost=st.integers(0, 50))
def test_lost_receives_use_up_two_attempts_at_most(lost: int) -> None:
    assert replace(DELIVERY, receive_count=lost + 1).attempt == min(lost, 2) + 1
