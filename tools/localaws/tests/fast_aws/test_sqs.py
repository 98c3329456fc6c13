"""SQS of the fast AWS, through a real boto3 client: what the API documents, message by message."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from localaws.fast_aws import FastAws


def until_a_receive_waits(aws: FastAws) -> None:
    deadline = time.monotonic() + 30
    while aws.calls()["operations"].get("ReceiveMessage", {}).get("open") != 1:
        assert time.monotonic() < deadline, "no receive is waiting"


def test_digests_of_attributes_are_those_that_aws_answers(sqs: SQSClient, url: str) -> None:
    value = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody="test",
        MessageAttributes={"attr1": {"DataType": "Binary", "BinaryValue": value}},
    )
    assert sent["MD5OfMessageBody"] == "098f6bcd4621d373cade4e832627b4f6"
    assert sent["MD5OfMessageAttributes"] == "8cbe4db156db8a94db8b801b7addb984"
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert message["MessageAttributes"]["attr1"]["BinaryValue"] == value


@pytest.mark.parametrize(
    ("asked", "names", "digest"),
    [
        ([], [], None),
        (["Missing"], [], None),
        (["All"], ["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5"),
        ([".*"], ["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5"),
        (["Hello", "Missing"], ["Hello"], "a311262e065454b75da111d535b8dacd"),
        (["Hel.*"], ["Hello", "Help.Me"], "83fee93c1bcd8b9a5a923ffacdc636c7"),
    ],
)
def test_a_receive_returns_the_attributes_it_asks_for_and_their_digest(
    sqs: SQSClient, url: str, asked: list[str], names: list[str], digest: str | None
) -> None:
    sent = {"General": "Kenobi", "Hello": "There", "Help.Me": "Me"}
    sqs.send_message(
        QueueUrl=url,
        MessageBody="msg",
        MessageAttributes={n: {"DataType": "String", "StringValue": v} for n, v in sent.items()},
    )
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=asked)["Messages"]
    assert sorted(message.get("MessageAttributes", {})) == names
    assert message.get("MD5OfMessageAttributes") == digest
    assert "Attributes" not in message


def test_a_waiting_receive_returns_the_moment_a_message_is_sent(sqs: SQSClient, url: str, aws: FastAws) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=10)
        until_a_receive_waits(aws)
        sent = time.monotonic()
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": "x"} for i in range(10)])
        assert len(waiting.result()["Messages"]) == 10
    assert time.monotonic() - sent < 15


def test_a_waiting_receive_returns_the_moment_a_lease_is_given_up(sqs: SQSClient, url: str, aws: FastAws) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (held,) = sqs.receive_message(QueueUrl=url)["Messages"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20, AttributeNames=["All"])
        until_a_receive_waits(aws)
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=0)
        (again,) = waiting.result()["Messages"]
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    assert again["ReceiptHandle"] != held["ReceiptHandle"]


def test_a_waiting_receive_returns_the_moment_a_visibility_timeout_ends(sqs: SQSClient, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="x")
    received = time.monotonic()
    sqs.receive_message(QueueUrl=url, VisibilityTimeout=1)
    assert len(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]) == 1
    assert 0.95 < time.monotonic() - received < 15


def test_errors_raise_the_modelled_exceptions_with_the_codes_of_aws(sqs: SQSClient, url: str) -> None:
    missing = url.replace("jobs", "missing")
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as refused:
        sqs.send_message(QueueUrl=missing, MessageBody="x")
    assert refused.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="garbage")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (held,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
    with pytest.raises(sqs.exceptions.MessageNotInflight):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=5)
    for body in ("\x01", "\ufffe", "\ud800"):
        with pytest.raises(sqs.exceptions.InvalidMessageContents):
            sqs.send_message(QueueUrl=url, MessageBody=body)
    with pytest.raises(sqs.exceptions.QueueNameExists):
        sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "7"})
    with pytest.raises(sqs.exceptions.UnsupportedOperation):
        sqs.create_queue(QueueName="jobs.fifo", Attributes={"FifoQueue": "true"})


def test_a_message_is_as_long_as_its_body_and_its_attributes(sqs: SQSClient) -> None:
    url = sqs.create_queue(QueueName="small", Attributes={"MaximumMessageSize": "1024"})["QueueUrl"]
    attributes = {"k": {"DataType": "String", "StringValue": "x"}}
    fits = "a" * (1024 - len("k") - len("String") - len("x"))
    sqs.send_message(QueueUrl=url, MessageBody=fits, MessageAttributes=attributes)  # type: ignore[arg-type]
    with pytest.raises(ClientError, match="must be shorter than 1024 bytes") as refused:
        sqs.send_message(
            QueueUrl=url,
            MessageBody=fits + "a",
            MessageAttributes=attributes,  # type: ignore[arg-type]
        )
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_attributes_of_a_queue_are_those_that_it_was_created_with(sqs: SQSClient) -> None:
    url = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "77"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "77"
    assert attributes["QueueArn"] == "arn:aws:sqs:us-east-1:000000000000:jobs"
    assert attributes["ApproximateNumberOfMessages"] == "1"
    with pytest.raises(sqs.exceptions.InvalidAttributeName):
        sqs.create_queue(QueueName="bad", Attributes={"Colour": "red"})  # type: ignore[dict-item]
    with pytest.raises(sqs.exceptions.InvalidAttributeValue):
        sqs.create_queue(QueueName="bad", Attributes={"VisibilityTimeout": "43201"})
    with pytest.raises(ClientError, match="Dead letter target does not exist"):
        sqs.create_queue(
            QueueName="bad",
            Attributes={"RedrivePolicy": '{"deadLetterTargetArn":"arn:x:nowhere","maxReceiveCount":"3"}'},
        )
