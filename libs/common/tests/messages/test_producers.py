"""What AWS's services send, in the shapes of their documentation (`produced/`), and what it is read as."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue.messages.delivery import Attribute
from jobqueue.messages.envelope import read_envelope, write_envelope
from jobqueue.messages.errors import NothingToDo, Undecodable
from jobqueue.messages.job import best_job_id
from jobqueue.messages.trigger import DEFAULT_JOB_TYPE, read_trigger

from .strategies import delivery, json_values

FOLDER = Path(__file__).parent / "produced"
BODIES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.json"))}
EVENT_ID = "17793124-05d4-b198-2fde-7ededc63b103"
TRIGGERS = {
    "sns-trigger": ("api_call", "order-17", {"userId", "action"}),
    "sns-other": ("orders", "63a3f6b6-d533-4a47-aef9-fcf5cf758c76", {"orderId"}),
    "eventbridge": ("Order Placed", EVENT_ID, {"orderId", "lines"}),
    "eventbridge-via-sns": ("Order Placed", EVENT_ID, {"orderId", "lines"}),
    "eventbridge-rule-schedule": ("Scheduled Event", EVENT_ID, set[str]()),
    "scheduler-default": ("Scheduled Event", EVENT_ID, set[str]()),
    "s3": ("s3", "m-1", {"records"}),
    "s3-via-sns": ("s3", "m-1", {"records"}),
    "s3-via-eventbridge": (
        "Object Created",
        EVENT_ID,
        {"version", "bucket", "object", "request-id", "requester", "source-ip-address", "reason"},
    ),
}
REFUSED = {
    "scheduler-without-input": "give the schedule an Input",
    "sns-text": "the Message of SNS topic orders: ",
    "sns-subscription-confirmation": "confirm it with the SubscribeURL",
}
TESTS = ("s3-test", "s3-test-via-sns")


def test_every_body_has_a_fate() -> None:
    assert set(BODIES) == {*TRIGGERS, *REFUSED, *TESTS}


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_producers_body_is_one_trigger_with_the_producers_words(name: str) -> None:
    kind, correlation_id, data = TRIGGERS[name]
    job = read_trigger(delivery(BODIES[name]))
    assert (job.type, job.correlation_id, set(job.data)) == (kind, correlation_id, data)
    assert (job.next_type, job.notes) == (DEFAULT_JOB_TYPE, ())
    assert job.body == json.loads(BODIES[name])


@pytest.mark.parametrize("name", TRIGGERS)
def test_what_is_handed_on_reads_as_a_trigger_and_says_the_same(name: str) -> None:
    job = read_trigger(delivery(BODIES[name]))
    again = read_trigger(delivery(json.dumps(job.trigger)))
    assert (again.type, again.data, again.trigger) == (job.type, job.data, job.trigger)
    handed_on = read_envelope(delivery(write_envelope(job, "resize", "null", {}).body))
    assert handed_on.trigger == job.trigger


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_job_queue_takes_it_as_the_job_that_the_trigger_names(name: str) -> None:
    trigger = read_trigger(delivery(BODIES[name]))
    job = read_envelope(delivery(BODIES[name]))
    assert (job.type, job.trigger) == (trigger.type, trigger.trigger)
    assert (job.job_id, job.correlation_id) == (trigger.job_id, trigger.correlation_id)


@pytest.mark.parametrize("read", [read_trigger, read_envelope])
@pytest.mark.parametrize("name", REFUSED)
def test_what_can_never_be_a_job_is_refused_with_the_next_step(name: str, read: Any) -> None:
    with pytest.raises(Undecodable) as refused:
        read(delivery(BODIES[name]))
    assert REFUSED[name] in str(refused.value)


@pytest.mark.parametrize("read", [read_trigger, read_envelope])
@pytest.mark.parametrize("name", TESTS)
def test_s3s_test_event_asks_for_nothing(name: str, read: Any) -> None:
    with pytest.raises(NothingToDo, match="bucket amzn-s3-demo-bucket"):
        read(delivery(BODIES[name]))


def test_a_trigger_through_sns_is_that_trigger_with_the_ids_of_its_attributes() -> None:
    job = read_trigger(delivery(BODIES["sns-trigger"]))
    assert job.job_id == best_job_id(delivery(BODIES["sns-trigger"])) == "01KDVHQ4G00000000000000000"
    assert job.trigger == json.loads(json.loads(BODIES["sns-trigger"])["Message"]) | {"jobId": job.job_id}


def test_an_envelope_through_sns_is_that_job() -> None:
    sns = json.loads(BODIES["sns-text"])
    sns["Message"] = json.dumps({"jobType": "resize", "data": {"originalTrigger": {"trigger": "t"}}})
    job = read_envelope(delivery(json.dumps(sns)))
    assert (job.type, job.trigger) == ("resize", {"trigger": "t"})


def test_what_an_event_says_beside_its_detail_is_handed_on() -> None:
    event = json.loads(BODIES["eventbridge"])
    handed_on = read_trigger(delivery(BODIES["eventbridge"])).trigger["event"]
    assert handed_on == {name: value for name, value in event.items() if name != "detail"}


def test_the_attributes_of_sqs_go_before_all() -> None:
    attributes = {"correlationId": Attribute("attribute")}
    assert read_trigger(delivery(BODIES["eventbridge"], attributes)).correlation_id == "attribute"


FIELDS = sorted({name for body in BODIES.values() for name in json.loads(body)})


@given(st.sampled_from(sorted(BODIES)), st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=4))
def test_a_trigger_with_any_fields_of_a_producer_stays_that_trigger(name: str, fields: dict[str, Any]) -> None:
    body = {**json.loads(BODIES[name]), **fields, "trigger": "ours", "data": {"n": 1}}
    job = read_trigger(delivery(json.dumps(body)))
    assert (job.type, job.data, job.trigger) == ("ours", {"n": 1}, body)
    queued = {**json.loads(BODIES[name]), "jobType": "ours", "version": 1, "data": {"n": 1}}
    assert read_envelope(delivery(json.dumps(queued))).data == {"n": 1}


@given(st.sampled_from(sorted(TRIGGERS)), st.data())
def test_with_one_of_its_fields_missing_or_of_another_kind_it_is_no_producers(name: str, data: st.DataObject) -> None:
    body = json.loads(BODIES[name])
    wanted = {"T": ("Type", "MessageId", "TopicArn", "Message"), "R": ("Records",)}.get(
        next(iter(body))[0], ("id", "detail-type", "source", "time", "detail")
    )
    field = data.draw(st.sampled_from(wanted))
    body[field] = data.draw(st.none() | st.just(17) | st.just([]))
    with pytest.raises(Undecodable, match="trigger must be"):
        read_trigger(delivery(json.dumps(body)))
