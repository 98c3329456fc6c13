from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue.aws.service import Calls
from jobqueue.consumer.ports import Failure, QueueError, QueueRefused
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.limits import MAX_CALL_BYTES, MAX_PER_CALL
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.sqs.sender import SqsSender, split

from .conftest import URL, ScriptedSqs

BIG = OutgoingMessage("x" * 700_000)


@pytest.fixture
def sender(sqs: ScriptedSqs) -> SqsSender:
    return SqsSender(sqs.calls, URL, max_bytes=MAX_CALL_BYTES)


def _failed(index: int, code: str) -> dict[str, Any]:
    return {"Id": str(index), "SenderFault": True, "Code": code, "Message": "because"}


def _answer(*failed: dict[str, Any], sent: int = 1) -> dict[str, Any]:
    taken = [str(index) for index in range(sent) if str(index) not in {one["Id"] for one in failed}]
    digest = {"MessageId": "m", "MD5OfMessageBody": "d"}
    return {"Successful": [{"Id": name, **digest} for name in taken], "Failed": list(failed)}


@given(st.lists(st.integers(0, MAX_CALL_BYTES), max_size=25))
def test_a_split_keeps_all_messages_in_order_within_the_limits_of_a_call(sizes: list[int]) -> None:
    messages = [OutgoingMessage("x" * size) for size in sizes]
    parts = list(split(messages))
    assert [message for _, part in parts for message in part] == messages
    for start, part in parts:
        assert messages[start] is part[0]
        assert len(part) <= MAX_PER_CALL
        assert sum(message.size() for message in part) <= MAX_CALL_BYTES


@given(st.lists(st.integers(0, MAX_CALL_BYTES), max_size=25))
def test_a_split_makes_no_more_calls_than_filling_each_needs(sizes: list[int]) -> None:
    parts = [part for _, part in split([OutgoingMessage("x" * size) for size in sizes])]
    for part, following in pairwise(parts):
        assert len(part) == MAX_PER_CALL or sum(one.size() for one in [*part, following[0]]) > MAX_CALL_BYTES


def test_attributes_count_towards_the_size_of_a_call() -> None:
    half = OutgoingMessage("x" * (MAX_CALL_BYTES // 2 - 7))
    with_attribute = OutgoingMessage(half.body, {"a": Attribute("x")})
    assert len(list(split([half, half]))) == 1
    assert len(list(split([with_attribute, with_attribute]))) == 2


def test_nothing_to_send_needs_no_call(sender: SqsSender, sqs: ScriptedSqs) -> None:
    assert list(sender.send([])) == []


def test_a_message_becomes_an_entry_with_its_attributes_and_delay(sender: SqsSender, sqs: ScriptedSqs) -> None:
    attributes = {"jobId": Attribute("x"), "n": Attribute("1", "Number"), "raw": Attribute(b"\x00", "Binary")}
    entry = {
        "Id": "0",
        "MessageBody": "{}",
        "DelaySeconds": 5,
        "MessageAttributes": {
            "jobId": {"DataType": "String", "StringValue": "x"},
            "n": {"DataType": "Number", "StringValue": "1"},
            "raw": {"DataType": "Binary", "BinaryValue": "AA=="},
        },
    }
    sqs.will("SendMessageBatch", _answer())
    assert not sender.send([OutgoingMessage("{}", attributes, delay_seconds=5)])
    assert sqs.asked == [{"QueueUrl": URL, "Entries": [entry]}]


def test_the_failed_entries_of_every_call_have_their_places_in_what_was_given(
    sender: SqsSender, sqs: ScriptedSqs
) -> None:
    sqs.will("SendMessageBatch", _answer(_failed(0, "InternalError")))
    sqs.will("SendMessageBatch", _answer(_failed(1, "InvalidMessageContents")))
    assert sender.send([BIG, BIG, OutgoingMessage("x")]) == [
        Failure(0, "InternalError", "because"),
        Failure(2, "InvalidMessageContents", "because", gone=True),
    ]


def test_a_first_call_that_fails_fails_as_a_whole(sender: SqsSender, sqs: ScriptedSqs) -> None:
    sqs.refuses("SendMessageBatch", "AccessDenied")
    with pytest.raises(QueueRefused, match="sqs:SendMessage"):
        sender.send([BIG, BIG])


def test_a_later_call_that_fails_names_what_was_not_sent(sender: SqsSender, sqs: ScriptedSqs) -> None:
    sqs.will("SendMessageBatch", _answer())
    sqs.refuses("SendMessageBatch", "RequestThrottled")
    failures = sender.send([BIG, BIG, BIG])
    assert [(failure.index, failure.code, failure.gone) for failure in failures] == [
        (1, "RequestThrottled", False),
        (2, "RequestThrottled", False),
    ]


def test_a_service_that_cannot_be_reached_is_an_error_for_later(unreachable: Calls) -> None:
    with pytest.raises(QueueError) as failed:
        SqsSender(unreachable, URL, max_bytes=MAX_CALL_BYTES).send([OutgoingMessage("{}")])
    assert failed.value.code == "EndpointConnectionError"
    assert not isinstance(failed.value, QueueRefused)
