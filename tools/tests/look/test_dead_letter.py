"""Is a dead letter read with its reason, and looked into without being taken out?"""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from moto import mock_aws

from jobqueue.messages.dead_letter import Diagnosis, dead_letters
from jobqueue.messages.delivery import Attribute, Delivery
from jobtools.look.dead_letter import MOVED_BY_SQS, read_dead_letter
from jobtools.look.dead_letters import read_dead_letters

TRACE = "ab" * 16


def as_received(attributes: dict[str, str], body: str = "{") -> dict[str, Any]:
    stated = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    return {"MessageId": "m", "Body": body, "MessageAttributes": stated}


def test_what_the_runtime_writes_is_what_is_read() -> None:
    original = {"traceparent": Attribute(f"00-{TRACE}-{'cd' * 8}-01"), "jobId": Attribute("J")}
    delivery = Delivery("triggers", "m", "r", "{", 3, 0, 0.0, 0, original)
    letter = next(
        dead_letters(delivery, Diagnosis("malformed_json", "Undecodable", "cut off", "main-job", "1.2", job_id="J"))
    )
    read = read_dead_letter(
        "dlq", as_received({name: str(attribute.value) for name, attribute in letter.attributes.items()})
    )
    assert (read.reason, read.error, read.service, read.receives) == ("malformed_json", "cut off", "main-job 1.2", 3)
    assert (read.job_id, read.trace_id) == ("J", TRACE)


def test_a_letter_without_a_reason_was_moved_by_sqs() -> None:
    read = read_dead_letter("dlq", as_received({}))
    assert (read.reason, read.job_id, read.trace_id, read.receives) == (MOVED_BY_SQS, "", "", 0)


def test_looking_takes_nothing_out_and_finds_all_of_more_than_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        sqs = boto3.client("sqs", region_name="us-east-1")
        url = sqs.create_queue(QueueName="some-dlq")["QueueUrl"]
        for number in range(23):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))
        first = read_dead_letters(sqs, url)
        again = read_dead_letters(sqs, url)
        assert sorted(int(letter.body) for letter in first) == list(range(23))
        assert {letter.message_id for letter in again} == {letter.message_id for letter in first}
        assert {letter.queue for letter in first} == {"some-dlq"}
        sqs.close()
