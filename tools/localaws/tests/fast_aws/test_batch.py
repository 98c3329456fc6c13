"""Batches that are refused as a whole, or entry by entry, as SQS refuses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from localaws.fast_aws import FastAws


def entries(*bodies: str) -> list[Any]:
    return [{"Id": str(i), "MessageBody": body} for i, body in enumerate(bodies)]


def test_a_batch_as_a_whole_is_refused_by_its_modelled_exception(sqs: SQSClient, url: str) -> None:
    with pytest.raises(sqs.exceptions.EmptyBatchRequest):
        sqs.send_message_batch(QueueUrl=url, Entries=[])
    with pytest.raises(sqs.exceptions.TooManyEntriesInBatchRequest):
        sqs.send_message_batch(QueueUrl=url, Entries=entries(*"abcdefghijk"))
    with pytest.raises(sqs.exceptions.BatchEntryIdsNotDistinct):
        sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": "x"}] * 2)
    with pytest.raises(sqs.exceptions.InvalidBatchEntryId):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a:b", "MessageBody": "x"}])


def test_a_batch_holds_one_mebibyte_of_bodies_and_attributes(sqs: SQSClient, url: str) -> None:
    half = "a" * 524_288
    sqs.send_message_batch(QueueUrl=url, Entries=entries(half, half))
    with pytest.raises(sqs.exceptions.BatchRequestTooLong, match="1048577"):
        sqs.send_message_batch(QueueUrl=url, Entries=entries(half, half + "a"))
    one, other = entries(half, half[:-8])
    other["MessageAttributes"] = {"k": {"DataType": "String", "StringValue": "xy"}}
    with pytest.raises(sqs.exceptions.BatchRequestTooLong, match="1048577"):
        sqs.send_message_batch(QueueUrl=url, Entries=[one, other])


def test_one_bad_entry_leaves_the_others_sent(sqs: SQSClient, aws: FastAws) -> None:
    url = sqs.create_queue(QueueName="small", Attributes={"MaximumMessageSize": "1024"})["QueueUrl"]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries("fine", "\x01", "a" * 1025))
    assert [entry["Id"] for entry in answer["Successful"]] == ["0"]
    assert [(f["Id"], f["Code"], f["SenderFault"]) for f in answer["Failed"]] == [
        ("1", "InvalidMessageContents", True),
        ("2", "InvalidParameterValue", True),
    ]
    assert aws.queues()["small"]["visible"] == 1


def test_injected_entry_failures_do_nothing_and_are_the_servers_fault(sqs: SQSClient, url: str, aws: FastAws) -> None:
    aws.faults(entry_failure={"SendMessageBatch": 0.5}, seed=3)
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries(*"abcdefghij"))
    assert 0 < len(answer["Failed"]) < 10
    assert {(f["Code"], f["SenderFault"]) for f in answer["Failed"]} == {("InternalError", False)}
    assert aws.queues()["jobs"]["visible"] == len(answer["Successful"])
    row = aws.calls()["operations"]["SendMessageBatch"]
    assert (row["entries"], row["failed_entries"]) == (10, len(answer["Failed"]))
