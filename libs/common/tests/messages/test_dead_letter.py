from __future__ import annotations

from dataclasses import replace

import pytest
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
IDS = {"jobId": Attribute(JOB_ID), "correlationId": Attribute("m-1")}
TEN = {f"name{number}": Attribute(str(number)) for number in range(9)} | {"raw": Attribute(b"\x00\xff", "Binary")}


def _diagnosis(error: str = "it broke", *, trace_id: str = "") -> Diagnosis:
    return Diagnosis("attempts_exhausted", "ValueError", error, "main-job", "1.0.0", job_id=JOB_ID, trace_id=trace_id)


def _letter(attributes: dict[str, Attribute], diagnosis: Diagnosis) -> OutgoingMessage:
    return next(dead_letters(delivery("{}", attributes), diagnosis))


def _without_ids(found: dict[str, Attribute], originals: dict[str, Attribute]) -> dict[str, Attribute]:
    return {name: value for name, value in found.items() if name in originals or name not in IDS}


@given(attributes, any_text, st.sampled_from(["", "0" * 32]))
def test_every_letter_is_one_that_sqs_accepts_and_restores_the_originals(
    originals: dict[str, Attribute], error: str, trace_id: str
) -> None:
    letter = _letter(originals, _diagnosis(error, trace_id=trace_id))
    assert not InMemorySender(InMemoryQueue()).send([letter])
    assert _without_ids(restored(letter.attributes), originals) == originals


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
    assert restored(letter.attributes) == {**IDS, **TEN}


def test_a_letter_that_dies_twice_still_has_the_originals_attributes() -> None:
    first = _letter(TEN, _diagnosis())
    second = _letter(dict(first.attributes), _diagnosis("again"))
    assert restored(second.attributes) == {**IDS, **TEN}


def test_without_room_for_all_of_ours_the_reason_and_the_ids_go_and_the_last_resort_is_the_message_as_it_came() -> None:
    whole, brief, last = dead_letters(delivery("{}", {"kept": Attribute("x")}), _diagnosis())
    assert brief.attributes == {REASON: whole.attributes[REASON], **IDS, "kept": Attribute("x")}
    assert (last.body, last.attributes) == ("{}", {"kept": Attribute("x")})


@pytest.mark.parametrize(
    ("body", "stated", "expected"),
    [
        ('{"correlationId": "order-17"}', {}, "order-17"),
        ('{"correlationId": "order-17"}', {"correlationId": Attribute("order-18")}, "order-18"),
        ("not JSON", {}, "m-1"),
        ('{"correlationId": 17}', {}, None),
    ],
)
def test_a_letter_has_the_correlation_id_that_a_worker_saw(
    body: str, stated: dict[str, Attribute], expected: str | None
) -> None:
    letter = next(dead_letters(delivery(body, stated), _diagnosis()))
    found = letter.attributes.get("correlationId")
    assert (None if found is None else found.value) == expected


def test_the_ids_are_attributes_however_many_others_there_are() -> None:
    letter = _letter(TEN, _diagnosis(trace_id="a" * 32))
    assert {name: letter.attributes[name] for name in IDS} == IDS


@given(carried_text | st.sampled_from(FOREIGN))
def test_a_surplus_from_elsewhere_never_breaks_a_restore(text: str) -> None:
    assert restored({SURPLUS: Attribute(text), "jobId": Attribute("x")}) == {"jobId": Attribute("x")}


def test_none_of_ours_is_left_after_a_restore() -> None:
    assert not OURS & restored(_letter(TEN, _diagnosis()).attributes).keys()


def test_every_letter_keeps_the_group_the_x_ray_header_and_in_sight_the_traceparent() -> None:
    traceparent = Attribute("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    many = {f"name{number}": Attribute("x") for number in range(9)}
    died = replace(
        delivery("{}", {**many, "traceparent": traceparent}), group_id="tenant-17", trace_header="Root=1-2-3"
    )

    for letter in dead_letters(died, _diagnosis(trace_id="f" * 32)):
        assert (letter.group_id, letter.trace_header) == ("tenant-17", "Root=1-2-3")
        assert letter.attributes["traceparent"] == traceparent
