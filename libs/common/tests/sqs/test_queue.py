from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from jobqueue.aws.service import Calls
from jobqueue.consumer.ports import QueueError, QueueRefused
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.history import HISTORY
from jobqueue.messages.surplus import SURPLUS
from jobqueue.sqs.queue import SqsQueue, queue_name

from .conftest import URL, ScriptedSqs

ASKED = {
    "QueueUrl": URL,
    "MaxNumberOfMessages": 3,
    "WaitTimeSeconds": 20,
    "VisibilityTimeout": 60,
    "MessageSystemAttributeNames": ["ApproximateReceiveCount", "SentTimestamp", "AWSTraceHeader", "MessageGroupId"],
    "MessageAttributeNames": ["All"],
}
MESSAGE: dict[str, Any] = {
    "MessageId": "m-1",
    "ReceiptHandle": "r-1",
    "Body": "{}",
    "Attributes": {"ApproximateReceiveCount": "2", "SentTimestamp": "1767225600000"},
}


@pytest.fixture
def queue(sqs: ScriptedSqs) -> SqsQueue:
    return SqsQueue(sqs.calls, URL, lease_seconds=60)


def _delivery(receipt: str) -> Delivery:
    return Delivery("jobs", "m", receipt, "{}", 1, 0, 0.0, 0)


def test_the_name_is_the_end_of_the_url() -> None:
    assert queue_name("https://sqs.eu-west-1.amazonaws.com/123456789012/jobs") == "jobs"
    assert queue_name("http://127.0.0.1:1234/123456789012/jobs/") == "jobs"


def test_a_receive_asks_for_the_lease_and_for_what_a_delivery_needs(queue: SqsQueue, sqs: ScriptedSqs) -> None:
    sqs.will("ReceiveMessage", {"Messages": [MESSAGE]})
    before = time.monotonic()
    (delivery,) = queue.receive(3, 20)
    assert (delivery.queue, delivery.message_id, delivery.receipt, delivery.body) == ("jobs", "m-1", "r-1", "{}")
    assert (delivery.receive_count, delivery.sent_ms) == (2, 1_767_225_600_000)
    assert before <= delivery.received_at <= time.monotonic()
    assert delivery.attributes == {}
    assert sqs.asked == [ASKED]


def test_an_attribute_in_bytes_is_read_as_such(queue: SqsQueue, sqs: ScriptedSqs) -> None:
    stated = {"raw": {"DataType": "Binary", "BinaryValue": "AP8="}, "n": {"DataType": "Number", "StringValue": "1"}}
    sqs.will("ReceiveMessage", {"Messages": [{**MESSAGE, "MessageAttributes": stated}]})
    (delivery,) = queue.receive(3, 20)
    assert delivery.attributes == {"raw": Attribute(b"\x00\xff", "Binary"), "n": Attribute("1", "Number")}


@pytest.mark.parametrize(
    "broken",
    [
        {"MessageId": "m-2"},
        {**MESSAGE, "Attributes": {"SentTimestamp": "soon", "ApproximateReceiveCount": "1"}},
    ],
)
def test_what_is_no_message_does_not_take_those_beside_it_along(
    queue: SqsQueue, sqs: ScriptedSqs, broken: dict[str, Any]
) -> None:
    sqs.will("ReceiveMessage", {"Messages": [MESSAGE, broken, MESSAGE]})
    assert [delivery.message_id for delivery in queue.receive(3, 20)] == ["m-1", "m-1"]


@pytest.mark.parametrize("name", [HISTORY, SURPLUS])
def test_an_attribute_of_ours_that_somebody_nested_too_deep_is_none_of_ours(
    queue: SqsQueue, sqs: ScriptedSqs, name: str
) -> None:
    for deep in ('{"x":' * 50_000, "[" * 50_000, '{"x":' + "[" * 50_000, '{"x":{"kind":' + "[" * 50_000):
        hostile = {**MESSAGE, "MessageAttributes": {name: {"DataType": "String", "StringValue": deep}}}
        sqs.will("ReceiveMessage", {"Messages": [MESSAGE, hostile, MESSAGE]})
        received = queue.receive(3, 20)
        assert [(delivery.history, delivery.text("jobId")) for delivery in received] == [(None, None)] * 3


def test_an_answer_without_messages_is_an_empty_list(queue: SqsQueue, sqs: ScriptedSqs) -> None:
    sqs.will("ReceiveMessage", {})
    assert list(queue.receive(3, 20)) == []


def test_the_entries_of_a_hide_carry_their_own_seconds(queue: SqsQueue, sqs: ScriptedSqs) -> None:
    entries = [
        {"Id": "0", "ReceiptHandle": "a", "VisibilityTimeout": 60},
        {"Id": "1", "ReceiptHandle": "b", "VisibilityTimeout": 0},
    ]
    failed = {"Id": "1", "SenderFault": False, "Code": "InternalError"}
    answer = {"Successful": [{"Id": "0"}], "Failed": [failed]}
    sqs.will("ChangeMessageVisibilityBatch", answer)
    failures = queue.change_visibility([(_delivery("a"), 60), (_delivery("b"), 0)])
    assert sqs.asked == [{"QueueUrl": URL, "Entries": entries}]
    assert [(failure.index, failure.code, failure.gone) for failure in failures] == [(1, "InternalError", False)]


def test_an_answer_that_names_no_entry_confirms_nothing(queue: SqsQueue, sqs: ScriptedSqs) -> None:
    sqs.will("DeleteMessageBatch", {"Successful": [], "Failed": []})
    failures = queue.delete([_delivery("a"), _delivery("b")])
    assert [(failure.index, failure.code, failure.gone) for failure in failures] == [
        (0, "NoAnswer", False),
        (1, "NoAnswer", False),
    ]


@pytest.mark.parametrize("action", ["receive", "delete", "change_visibility"])
def test_a_failed_call_names_the_permission_it_needs(queue: SqsQueue, sqs: ScriptedSqs, action: str) -> None:
    operation, permission = {
        "receive": ("ReceiveMessage", "sqs:ReceiveMessage"),
        "delete": ("DeleteMessageBatch", "sqs:DeleteMessage"),
        "change_visibility": ("ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility"),
    }[action]
    calls: dict[str, Callable[[], object]] = {
        "receive": lambda: queue.receive(3, 20),
        "delete": lambda: queue.delete([_delivery("a")]),
        "change_visibility": lambda: queue.change_visibility([(_delivery("a"), 0)]),
    }
    sqs.refuses(operation, "AccessDenied")
    with pytest.raises(QueueRefused, match=permission):
        calls[action]()


def test_a_service_that_cannot_be_reached_is_an_error_for_later(unreachable: Calls) -> None:
    with pytest.raises(QueueError) as failed:
        SqsQueue(unreachable, URL, lease_seconds=60).receive(1, 0)
    assert failed.value.code == "EndpointConnectionError"
