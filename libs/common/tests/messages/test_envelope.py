from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.envelope import VERSION, read_envelope, write_envelope, write_further_job
from jobqueue.messages.errors import Undecodable, Unsupported
from jobqueue.messages.job import Job
from jobqueue.messages.job_id import derive_job_id
from jobqueue.messages.json import write_object
from jobqueue.messages.trigger import read_trigger

from .strategies import SENT_MS, any_text, attributes, bodies_of_ours, delivery, json_objects

printable = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)
types = printable.filter(lambda text: "#" not in text and text != "main")
TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "a=1"}


def _trigger(**fields: Any) -> Job:
    return read_trigger(delivery(json.dumps({"trigger": "test", **fields})))


@given(any_text | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")), attributes)
def test_any_text_decodes_or_is_undecodable(body: str, attributes: dict[str, Attribute]) -> None:
    with suppress(Undecodable, Unsupported):
        read_envelope(delivery(body, attributes))


@given(json_objects | bodies_of_ours, attributes)
def test_any_object_becomes_a_job_or_is_undecodable_or_unsupported(
    body: dict[str, Any], attributes: dict[str, Attribute]
) -> None:
    with suppress(Undecodable, Unsupported):
        job = read_envelope(delivery(json.dumps(body), attributes))
        assert job.type
        assert job.body == body


@given(json_objects, st.none() | json_objects, types, printable, st.sampled_from([{}, TRACE]))
def test_what_is_written_is_read_back(
    data: dict[str, Any], result: dict[str, Any] | None, job_type: str, correlation_id: str, trace: dict[str, str]
) -> None:
    trigger = _trigger(data=data, correlationId=correlation_id)
    message = write_envelope(trigger, job_type, write_object(result), trace)
    received = delivery(message.body, dict(message.attributes), message_id="m-2", sent_ms=SENT_MS + 5)
    job = read_envelope(received)
    assert (job.job_id, job.correlation_id, job.type, job.version) == (
        trigger.job_id,
        correlation_id,
        job_type,
        1,
    )
    assert job.trigger == trigger.body
    assert (job.data, job.main_job_result) == (data, result)
    assert {name: received.text(name) for name in trace} == trace
    assert len(message.attributes) <= 4


@given(st.text())
def test_what_is_written_has_only_characters_that_sqs_carries(text: str) -> None:
    body = write_envelope(_trigger(data={"text": text}), "resize", write_object({"text": text}), {}).body
    assert not {"\ufffe", "\uffff"} & set(body)
    assert all(character >= " " for character in body)
    assert read_envelope(delivery(body)).main_job_result == {"text": text}


AS_IT_CAME = '{"trigger": "test", "data": {"n": 18446744073709551617, "f": 1e2, "d": 1, "d": 2}, "e": "\\u00e9",\n "jobType": "resize"}'


def test_the_original_trigger_is_handed_on_as_it_came_whatever_a_handler_does_to_its_data() -> None:
    job = read_trigger(delivery(AS_IT_CAME))
    assert job.data["n"] == 2**64 + 1
    job.data["n"] = job.body["new"] = 0
    first = write_envelope(job, "resize", '{"found":18446744073709551617}', {})
    assert f'"originalTrigger":{AS_IT_CAME},' in first.body
    following = read_envelope(delivery(first.body))
    following.data.clear()
    further = write_further_job(following, derive_job_id("q", "m", SENT_MS), "tell", '{"mine":1}', {})
    assert f'"originalTrigger":{AS_IT_CAME},"mainJobResult":{{"found":18446744073709551617}}' in further.body
    last = read_envelope(delivery(further.body))
    assert (last.version, last.data, last.trigger["data"]["n"]) == (VERSION, {"mine": 1}, 2**64 + 1)
    assert last.main_job_result == {"found": 2**64 + 1}


def test_a_job_that_no_trigger_began_has_the_data_that_it_came_with() -> None:
    job = read_envelope(delivery('{"jobType":"resize","data":{"width":7}}'))
    assert (job.data, job.trigger, job.main_job_result) == ({"width": 7}, {}, None)


def test_a_newer_version_is_unsupported_and_not_a_reject() -> None:
    message = write_envelope(_trigger(), "resize", "null", {})
    newer = json.dumps({**json.loads(message.body), "version": VERSION + 1})
    with pytest.raises(Unsupported):
        read_envelope(delivery(newer))


def test_a_version_that_is_no_whole_number_is_undecodable() -> None:
    versions: list[object] = ["1", 1.5, True, [], {}]
    for version in versions:
        with pytest.raises(Undecodable):
            read_envelope(delivery(json.dumps({"jobType": "resize", "version": version})))


def test_the_job_type_may_come_from_the_attribute_alone() -> None:
    assert read_envelope(delivery("{}", {"jobType": Attribute("resize")})).type == "resize"
    with pytest.raises(Undecodable):
        read_envelope(delivery("{}"))


def test_a_message_without_a_job_id_has_the_one_of_its_delivery() -> None:
    received = delivery('{"jobType":"resize"}')
    assert read_envelope(received).job_id == derive_job_id("triggers", "m-1", SENT_MS)
    assert read_envelope(replace(received, receive_count=7)).job_id == read_envelope(received).job_id


def test_an_original_trigger_that_is_no_object_counts_as_none() -> None:
    assert read_envelope(delivery('{"jobType":"resize","data":{"originalTrigger":17}}')).trigger == {}


@pytest.mark.parametrize("read", [read_trigger, read_envelope])
def test_the_next_job_is_of_the_same_group_and_has_the_same_x_ray_header(read: Callable[[Delivery], Job]) -> None:
    received = delivery(json.dumps({"trigger": "test", "jobType": "next"}))
    job = read(replace(received, group_id="tenant-17", trace_header="Root=1-2-3"))

    message = write_envelope(job, "next", "null", TRACE)

    assert (message.group_id, message.trace_header) == ("tenant-17", "Root=1-2-3")
