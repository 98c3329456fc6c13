"""System attributes of the entries of a batch."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Clients


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
