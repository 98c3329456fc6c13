"""A queue's attributes come back as they were set, and trace headers of a batch arrive."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Clients


def make(aws: Clients, **attributes: str) -> str:
    url: str = aws.sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex}", Attributes=attributes)["QueueUrl"]
    return url


def read(aws: Clients, url: str) -> dict[str, str]:
    attributes: dict[str, str] = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return attributes


def test_a_redrive_allow_policy_comes_back_and_goes_when_it_is_set_to_nothing(aws: Clients) -> None:
    allow = json.dumps({"redrivePermission": "denyAll"}, separators=(",", ":"))
    url = make(aws, RedriveAllowPolicy=allow)
    assert read(aws, url)["RedriveAllowPolicy"] == allow
    aws.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": ""})
    assert "RedriveAllowPolicy" not in read(aws, url)


def test_a_redrive_policy_comes_back_without_spaces(aws: Clients) -> None:
    dead_letters = read(aws, make(aws))["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": dead_letters, "maxReceiveCount": 10}, separators=(",", ":"))
    assert read(aws, make(aws, RedrivePolicy=redrive))["RedrivePolicy"] == redrive


def test_a_policy_survives_the_setting_of_another_attribute(aws: Clients) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    url = make(aws, Policy=policy)
    aws.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    assert read(aws, url)["Policy"] == policy


def test_a_queue_with_a_key_of_its_own_is_not_encrypted_with_that_of_sqs(aws: Clients) -> None:
    assert read(aws, make(aws, KmsMasterKeyId="alias/of-its-own"))["SqsManagedSseEnabled"] == "false"


def test_a_trace_header_of_a_batch_arrives(aws: Clients) -> None:
    url = aws.sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex}")["QueueUrl"]
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    system = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}
    entries = [
        {"Id": "traced", "MessageBody": "traced", "MessageSystemAttributes": system},
        {"Id": "bare", "MessageBody": "bare"},
    ]
    aws.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    received = aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"])
    headers = {one["Body"]: one["Attributes"].get("AWSTraceHeader") for one in received["Messages"]}
    assert headers == {"traced": header, "bare": None}
