from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from jobqueue.messages.dead_letter import OURS, REASON, RECEIVE_COUNT, SURPLUS, Diagnosis, dead_letters, restored
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.job_id import derive_job_id
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.testing import InMemoryQueue, InMemorySender

from .strategies import SENT_MS, any_text, attributes, carried_text, delivery

FOREIGN = [
    "{}",
    "[]",
    '{"a":1}',
    '{"a":{"kind":"String"}}',
    '{"a":{"kind":1,"value":"x"}}',
    '{"a":{"kind":"Binary","base64":"?"}}',
]
JOB_ID = derive_job_id("triggers", "m-1", SENT_MS)
TEN = {f"name{number}": Attribute(str(number)) for number in range(9)} | {"raw": Attribute(b"\x00\xff", "Binary")}


def _diagnosis(error: str = "it broke", *, trace_id: str = "") -> Diagnosis:
    return Diagnosis("attempts_exhausted", "ValueError", error, "main-job", "1.0.0", job_id=JOB_ID, trace_id=trace_id)


def _letter(attributes: dict[str, Attribute], diagnosis: Diagnosis) -> OutgoingMessage:
    return next(dead_letters(delivery("{}", attributes), diagnosis))


@given(attributes, any_text, st.sampled_from(["", "0" * 32]))
def test_every_letter_is_one_that_sqs_accepts_and_restores_the_originals(
    originals: dict[str, Attribute], error: str, trace_id: str
) -> None:
    letter = _letter(originals, _diagnosis(error, trace_id=trace_id))
    assert not InMemorySender(InMemoryQueue()).send([letter])
    assert restored(letter.attributes) == {"jobId": Attribute(JOB_ID), **originals}


def test_a_letter_says_why_and_keeps_the_body_as_it_came() -> None:
    letter = next(dead_letters(replace(delivery("not JSON"), receive_count=5), _diagnosis(trace_id="a" * 32)))
    assert letter.body == "not JSON"
    assert letter.attributes[REASON] == Attribute("attempts_exhausted")
    assert letter.attributes[RECEIVE_COUNT] == Attribute("5", "Number")
    assert letter.attributes["jobId"] == Attribute(JOB_ID)


def test_ten_original_attributes_are_all_brought_back() -> None:
    letter = _letter(TEN, _diagnosis(trace_id="a" * 32))
    assert len(letter.attributes) == 10
    assert SURPLUS in letter.attributes
    assert restored(letter.attributes) == {"jobId": Attribute(JOB_ID), **TEN}


def test_a_letter_that_dies_twice_still_has_the_originals_attributes() -> None:
    first = _letter(TEN, _diagnosis())
    second = _letter(dict(first.attributes), _diagnosis("again"))
    assert restored(second.attributes) == {"jobId": Attribute(JOB_ID), **TEN}


def test_the_last_resort_is_the_message_as_it_came() -> None:
    *_, last = dead_letters(delivery("{}", TEN), _diagnosis())
    assert (last.body, last.attributes) == ("{}", TEN)


@given(carried_text | st.sampled_from(FOREIGN))
def test_a_surplus_from_elsewhere_never_breaks_a_restore(text: str) -> None:
    assert restored({SURPLUS: Attribute(text), "jobId": Attribute("x")}) == {"jobId": Attribute("x")}


def test_none_of_ours_is_left_after_a_restore() -> None:
    assert not OURS & restored(_letter(TEN, _diagnosis()).attributes).keys()
