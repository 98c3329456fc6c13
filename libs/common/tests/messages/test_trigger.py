from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.envelope import write_envelope
from jobqueue.messages.errors import Undecodable
from jobqueue.messages.job import Job
from jobqueue.messages.job_id import check_job_id, derive_job_id, new_job_id
from jobqueue.messages.json import MAX_LEVELS
from jobqueue.messages.trigger import DEFAULT_JOB_TYPE, read_trigger
from jobqueue.messages.unique import Unique

from .strategies import SENT_MS, any_text, attributes, bodies_of_ours, delivery, json_objects

TEST = '{"trigger":"test","timestamp":"2026-01-01T00:00:00.000Z","triggerBackgroundJob":true}'
API_CALL = (
    '{"trigger":"api_call","timestamp":"2026-01-01T00:00:00.000Z","triggerBackgroundJob":true,'
    '"data":{"userId":"test123","action":"process_data"}}'
)


def _read(received: Delivery) -> Job | None:
    try:
        return read_trigger(received)
    except Undecodable:
        return None


def test_the_first_example_of_the_readme_decodes_as_it_stands() -> None:
    job = read_trigger(delivery(TEST))
    assert (job.type, job.data, job.notes, job.next_type) == ("test", {}, (), DEFAULT_JOB_TYPE)
    assert job.job_id == derive_job_id("triggers", "m-1", SENT_MS)
    assert job.correlation_id == "m-1"
    assert job.trigger == job.body == json.loads(TEST)


def test_the_second_example_of_the_readme_decodes_as_it_stands() -> None:
    job = read_trigger(delivery(API_CALL))
    assert (job.type, job.notes, job.next_type) == ("api_call", (), DEFAULT_JOB_TYPE)
    assert job.data == {"userId": "test123", "action": "process_data"}


@pytest.mark.parametrize(
    ("fields", "unique"),
    [
        ({}, None),
        ({"uniqueKey": None, "uniqueSeconds": None}, None),
        ({"uniqueKey": "order-17"}, Unique("order-17")),
        ({"uniqueKey": "Auftrag 17 ü", "uniqueSeconds": 3600}, Unique("Auftrag 17 ü", 3600)),
        ({"uniqueKey": "x" * 1024, "uniqueSeconds": 1_209_600}, Unique("x" * 1024, 1_209_600)),
    ],
)
def test_a_trigger_says_what_its_job_is_unique_by(fields: dict[str, Any], unique: Unique | None) -> None:
    assert read_trigger(delivery(json.dumps({"trigger": "test", **fields}))).unique == unique


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"uniqueSeconds": 60}, "uniqueSeconds needs a uniqueKey"),
        ({"uniqueKey": ""}, "uniqueKey must be a non-empty string"),
        ({"uniqueKey": 17}, "uniqueKey must be a non-empty string"),
        ({"uniqueKey": "x" * 1025}, "uniqueKey has 1025 characters; at most 1024"),
        ({"uniqueKey": "a\nb"}, "uniqueKey has"),
        ({"uniqueKey": "a", "uniqueSeconds": 0}, "uniqueSeconds must be a whole number from 1 to 1209600, not 0"),
        ({"uniqueKey": "a", "uniqueSeconds": 1_209_601}, "uniqueSeconds must be a whole number"),
        ({"uniqueKey": "a", "uniqueSeconds": 1.5}, "uniqueSeconds must be a whole number"),
        ({"uniqueKey": "a", "uniqueSeconds": True}, "uniqueSeconds must be a whole number"),
        ({"uniqueKey": "a", "uniqueSeconds": "60"}, "uniqueSeconds must be a whole number"),
        ({"uniqueKey": "a", "triggerBackgroundJob": False}, "triggerBackgroundJob is false"),
    ],
)
def test_what_cannot_be_a_unique_key_is_undecodable_by_name(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(Undecodable, match=said) as raised:
        read_trigger(delivery(json.dumps({"trigger": "test", **fields})))
    assert raised.value.reason == "wrong_schema"


@given(any_text | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")), attributes)
def test_any_text_decodes_or_is_undecodable(body: str, attributes: dict[str, Attribute]) -> None:
    with suppress(Undecodable):
        read_trigger(delivery(body, attributes))


@given(json_objects | bodies_of_ours, attributes)
def test_any_object_becomes_a_job_that_can_be_handed_on_or_is_undecodable(
    body: dict[str, Any], attributes: dict[str, Attribute]
) -> None:
    received = delivery(json.dumps(body), attributes)
    job = _read(received)
    if job is None:
        return
    assert check_job_id(job.job_id, now_ms=received.received_ms)
    assert job.body == job.trigger
    assert write_envelope(job, job.next_type or DEFAULT_JOB_TYPE, "null", {}).body


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "malformed_json"),
        ("{", "malformed_json"),
        ('{"trigger":"test"} x', "malformed_json"),
        ('{"trigger":NaN}', "malformed_json"),
        ("[" * 5000, "malformed_json"),
        ("null", "wrong_schema"),
        ('"test"', "wrong_schema"),
        ("[]", "wrong_schema"),
        ("{}", "wrong_schema"),
        ('{"trigger":""}', "wrong_schema"),
        ('{"trigger":1}', "wrong_schema"),
        ('{"trigger":"a\\nb"}', "wrong_schema"),
        ('{"trigger":"' + "x" * 129 + '"}', "wrong_schema"),
        ('{"trigger":"test","triggerBackgroundJob":"yes"}', "wrong_schema"),
        ('{"trigger":"test","triggerBackgroundJob":1}', "wrong_schema"),
        ('{"trigger":"test","jobType":""}', "wrong_schema"),
        ('{"trigger":"test","data":[]}', "wrong_schema"),
        ('{"trigger":"test","jobId":"1"}', "job_id"),
        ('{"trigger":"test","jobId":7}', "job_id"),
        ('{"trigger":"test","correlationId":"a\\u0000"}', "correlation_id"),
    ],
)
def test_a_wrong_trigger_is_undecodable_for_a_named_reason(body: str, reason: str) -> None:
    with pytest.raises(Undecodable) as refused:
        read_trigger(delivery(body))
    assert refused.value.reason == reason


@pytest.mark.parametrize("timestamp", ["2026-01-01T00:00:00.%3NZ", "yesterday", "", 17, {}, [], True])
def test_an_unreadable_timestamp_is_kept_and_noted_and_never_a_reject(timestamp: object) -> None:
    job = read_trigger(delivery(json.dumps({"trigger": "test", "timestamp": timestamp})))
    assert len(job.notes) == 1
    assert "timestamp" in job.notes[0]
    assert job.body["timestamp"] == timestamp


@pytest.mark.parametrize("timestamp", ["2026-01-01T00:00:00.000Z", "2026-01-01T01:00:00+01:00", "2026-01-01", None])
def test_a_readable_or_absent_timestamp_needs_no_note(timestamp: object) -> None:
    assert read_trigger(delivery(json.dumps({"trigger": "test", "timestamp": timestamp}))).notes == ()


def test_a_trigger_may_ask_for_no_background_job_or_for_another() -> None:
    assert read_trigger(delivery('{"trigger":"test","triggerBackgroundJob":false}')).next_type is None
    assert read_trigger(delivery('{"trigger":"test","triggerBackgroundJob":null}')).next_type == DEFAULT_JOB_TYPE
    assert read_trigger(delivery('{"trigger":"test","jobType":"resize"}')).next_type == "resize"


def test_unknown_fields_are_kept() -> None:
    assert read_trigger(delivery('{"trigger":"test","tenant":{"id":7}}')).trigger["tenant"] == {"id": 7}


def test_the_attributes_job_id_comes_before_the_bodys_and_the_bodys_before_the_derived_one() -> None:
    first, second = derive_job_id("x", "1", SENT_MS), derive_job_id("x", "2", SENT_MS)
    body = json.dumps({"trigger": "test", "jobId": second})
    assert read_trigger(delivery(body, {"jobId": Attribute(first)})).job_id == first
    assert read_trigger(delivery(body)).job_id == second


def test_the_attributes_correlation_id_comes_before_the_bodys() -> None:
    body = '{"trigger":"test","correlationId":"body"}'
    assert read_trigger(delivery(body, {"correlationId": Attribute("attribute")})).correlation_id == "attribute"
    assert read_trigger(delivery(body)).correlation_id == "body"


def test_a_job_id_is_judged_by_the_time_of_the_receive() -> None:
    with pytest.raises(Undecodable):
        read_trigger(
            delivery(json.dumps({"trigger": "test", "jobId": new_job_id()}), sent_ms=SENT_MS - 40 * 365 * 86_400_000)
        )


def _nested(levels: int) -> str:
    return '{"trigger":"test","x":' * (levels - 1) + '{"trigger":"test"}' + "}" * (levels - 1)


def test_a_trigger_as_deep_as_allowed_can_be_handed_on() -> None:
    job = read_trigger(delivery(_nested(MAX_LEVELS)))
    assert write_envelope(job, DEFAULT_JOB_TYPE, "null", {}).body


def test_a_trigger_too_deep_to_be_handed_on_is_undecodable() -> None:
    with pytest.raises(Undecodable, match="deeper"):
        read_trigger(delivery(_nested(MAX_LEVELS + 1)))


def test_many_brackets_side_by_side_are_not_deep() -> None:
    body = json.dumps({"trigger": "test", "data": {"rows": [[] for _ in range(5 * MAX_LEVELS)]}})
    assert read_trigger(delivery(body)).data


def test_a_worker_whose_clock_is_days_behind_takes_the_ids_of_today() -> None:
    day_ms = 24 * 3600 * 1000
    job_id = derive_job_id("q", "m", SENT_MS)
    body = json.dumps({"trigger": "test", "jobId": job_id})
    assert read_trigger(replace(delivery(body), received_ms=SENT_MS - 3 * day_ms)).job_id == job_id
