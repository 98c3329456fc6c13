from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobctl.dead_letters.redriven_message import NoRoomError, redriven
from jobctl.queries.dead_letter import DeadLetter
from jobqueue.messages.dead_letter import OURS, REASON, restored
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.history import HISTORY, History
from jobqueue.messages.job import best_job_id, correlation_id_of
from jobqueue.messages.job_id import derive_job_id, new_job_id
from jobqueue.messages.limits import MAX_MESSAGE_BYTES

from .letters import ORDERS, SENT_MS, as_received, delivery, letter, moved

STATED = derive_job_id("elsewhere", "m-0", SENT_MS)
values = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
some_attributes = st.dictionaries(
    st.sampled_from(("jobType", "correlationId", "traceparent")) | st.text("abcXYZ", min_size=1, max_size=8),
    st.builds(Attribute, values, st.sampled_from(("String", "String.json")))
    | st.builds(Attribute, st.integers().map(str), st.just("Number"))
    | st.builds(Attribute, st.binary(min_size=1, max_size=8), st.just("Binary")),
    max_size=8,
).flatmap(lambda attributes: st.sampled_from([attributes, {**attributes, "jobId": Attribute(STATED)}]))
some_bodies = st.text(max_size=40) | st.fixed_dictionaries(
    {"trigger": values},
    optional={
        "jobId": values | st.builds(new_job_id) | st.just(STATED),
        "correlationId": values | st.none(),
        "jobType": values,
    },
).map(json.dumps)


@pytest.mark.slow
@given(some_bodies, some_attributes)
def test_a_worker_s_dead_letter_goes_back_with_its_body_its_attributes_and_its_job_id(
    body: str, attributes: dict[str, Attribute]
) -> None:
    original = delivery(body, attributes)
    back = redriven(letter(original), max_bytes=MAX_MESSAGE_BYTES)

    assert back.body == body
    assert attributes.items() <= back.attributes.items()
    assert not OURS & back.attributes.keys()
    assert back.attributes.keys() - attributes.keys() <= {"jobId", "correlationId"}
    assert best_job_id(as_received(back)) == best_job_id(original)


@given(some_bodies, some_attributes)
def test_what_sqs_moved_goes_back_under_the_ids_of_its_own_message(body: str, attributes: dict[str, Attribute]) -> None:
    original = delivery(body, attributes)
    dead = moved(original)
    back = redriven(dead, max_bytes=MAX_MESSAGE_BYTES)

    assert dead.reason == "moved_by_sqs"
    assert back.body == body
    assert attributes.items() <= back.attributes.items()
    assert best_job_id(as_received(back)) == best_job_id(original)


@pytest.mark.slow
@given(some_bodies, some_attributes)
def test_a_second_death_and_a_second_redrive_change_nothing_more(body: str, attributes: dict[str, Attribute]) -> None:
    once = redriven(letter(delivery(body, attributes)), max_bytes=MAX_MESSAGE_BYTES)
    twice = redriven(letter(as_received(once)), max_bytes=MAX_MESSAGE_BYTES)

    assert twice.body == once.body
    assert dict(twice.attributes) == dict(once.attributes)


def test_a_trigger_without_ids_keeps_those_that_were_derived_from_its_message() -> None:
    back = redriven(moved(delivery(message_id="m-7")), max_bytes=MAX_MESSAGE_BYTES)

    assert back.attributes["jobId"].value == derive_job_id(ORDERS, "m-7", SENT_MS)
    assert correlation_id_of(as_received(back), json.loads(back.body)) == "m-7"


def test_a_worker_s_dead_letter_keeps_the_correlation_id_that_only_the_original_s_message_id_was() -> None:
    back = redriven(letter(delivery(message_id="m-7")), max_bytes=MAX_MESSAGE_BYTES)

    assert back.attributes["correlationId"].value == "m-7"


def test_a_correlation_id_that_an_older_worker_s_letter_does_not_have_is_not_invented() -> None:
    older = moved(delivery(attributes={REASON: Attribute("attempts_exhausted"), "jobId": Attribute(STATED)}))

    assert "correlationId" not in redriven(older, max_bytes=MAX_MESSAGE_BYTES).attributes


def test_a_job_id_that_no_worker_trusts_stays_as_its_producer_wrote_it() -> None:
    back = redriven(letter(delivery(attributes={"jobId": Attribute("17")})), max_bytes=MAX_MESSAGE_BYTES)

    assert back.attributes["jobId"] == Attribute("17")


def test_ids_that_the_body_states_need_no_room() -> None:
    body = json.dumps({"trigger": "api_call", "jobId": STATED, "correlationId": "order-17"})
    full = {f"own{number}": Attribute("x") for number in range(10)}

    for original in (letter(delivery(body, full)), moved(delivery(body, full))):
        assert dict(redriven(original, max_bytes=MAX_MESSAGE_BYTES).attributes) == full


def _full(count: int) -> Any:
    return {f"own{number}": Attribute("x") for number in range(count)}


@pytest.mark.parametrize("count", [9, 10])
@pytest.mark.parametrize("die", [letter, moved])
def test_letters_with_nine_or_ten_attributes_come_back_with_all_of_them_again_and_again(
    count: int, die: Callable[[Delivery], DeadLetter]
) -> None:
    full = {"traceparent": Attribute("x"), "blob": Attribute(b"\x00", "Binary")} | _full(count - 2)
    original = delivery(attributes=full, message_id="m-7")
    job_id = best_job_id(original)
    for _ in range(3):
        back = redriven(die(original), max_bytes=MAX_MESSAGE_BYTES)
        original = as_received(back)
        assert len(back.attributes) <= 10
        assert full.items() <= restored(back.attributes).items()
        assert count == 10 or full.items() <= back.attributes.items()
        assert back.attributes["traceparent"] == full["traceparent"]
        assert best_job_id(original) == job_id
        assert correlation_id_of(original, json.loads(original.body)) == "m-7"


def test_a_letter_without_room_for_its_job_id_is_not_redriven() -> None:
    for attributes in ({}, _full(10)):
        with pytest.raises(NoRoomError, match="no room for its ids"):
            redriven(moved(delivery(attributes=attributes)), max_bytes=40)


def test_a_copy_goes_back_without_its_history_and_under_the_ids_that_it_had() -> None:
    """All of it: its attempts begin anew, and its ids no longer follow from its MessageId."""
    history = History(message_id="m-0", sent_ms=SENT_MS - 9_000, attempts=4, lost=5, trial=1)
    copy = delivery(attributes={HISTORY: Attribute(history.write())})
    for dead in (moved(copy), letter(copy)):
        back = as_received(redriven(dead, max_bytes=MAX_MESSAGE_BYTES))
        assert (back.history, back.attempt, back.lost) == (None, 3, 2), "a third delivery of its own"
        assert best_job_id(back) == best_job_id(copy) == derive_job_id(ORDERS, "m-0", SENT_MS - 9_000)
        assert correlation_id_of(back, {}) == "m-0"
