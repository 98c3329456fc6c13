"""AWS requests, read as calls: service, operation and the parameters that are kept."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from localaws.ecs_agent import Call, Refusal
from localaws.ecs_agent.calls import Record, read_call


def headers(service: str, target: str = "") -> dict[str, str]:
    signed = f"AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/{service}/aws4_request, Signature=0"
    return {"authorization": signed, **({"x-amz-target": target} if target else {})}


@pytest.mark.parametrize(
    ("service", "target", "operation"),
    [
        ("sqs", "AmazonSQS.SendMessage", "SendMessage"),
        ("logs", "Logs_20140328.PutLogEvents", "PutLogEvents"),
        ("ssm", "AmazonSSM.GetParameters", "GetParameters"),
        ("secretsmanager", "secretsmanager.GetSecretValue", "GetSecretValue"),
    ],
)
def test_a_json_call_is_known_by_its_target(service: str, target: str, operation: str) -> None:
    found = read_call("POST", "/", headers(service, target), b'{"Name": "n"}')
    assert found == Call(service, operation, {"Name": "n"})


@pytest.mark.parametrize(
    ("path", "operation"), [("/TraceSegments", "PutTraceSegments"), ("/SamplingTargets", "GetSamplingTargets")]
)
def test_an_x_ray_call_is_known_by_its_address(path: str, operation: str) -> None:
    assert read_call("POST", path, headers("xray"), b'{"TraceSegmentDocuments": ["{}"]}') == Call("xray", operation)


def test_cloudwatch_s_calls_are_known_in_both_of_its_protocols() -> None:
    address = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"
    assert read_call("POST", address, headers("monitoring"), b"\xa0") == Call("monitoring", "DescribeAlarms")
    body = b"Version=2010-08-01&Action=DescribeAlarms&AlarmNamePrefix=a"
    assert read_call("POST", "/", headers("monitoring"), body) == Call("monitoring", "DescribeAlarms")


def test_lists_that_name_resources_are_kept_and_others_are_not() -> None:
    body = json.dumps({"cluster": "c", "services": ["a", "b"], "include": ["TAGS"]}).encode()
    found = read_call("POST", "/", headers("ecs", "Amazon.DescribeServices"), body)
    assert found == Call("ecs", "DescribeServices", {"cluster": "c", "services": ("a", "b")})
    body = json.dumps({"RequestItems": {"jobs": {"Keys": [{"jobId": {"S": "1"}}]}}}).encode()
    found = read_call("POST", "/", headers("dynamodb", "DynamoDB_20120810.BatchGetItem"), body)
    assert found == Call("dynamodb", "BatchGetItem", {"RequestItems": ("jobs",)})


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_names_are_kept_and_content_is_not(pack: Any) -> None:
    body = {"logGroupName": "g", "logStreamName": "s", "logEvents": [{"message": "secret"}], "sequenceToken": "1"}
    packed = {"content-encoding": "gzip"} if pack is gzip.compress else {}
    found = read_call("POST", "/", headers("logs", "L.PutLogEvents") | packed, pack(json.dumps(body).encode()))
    assert found.parameters == {"logGroupName": "g", "logStreamName": "s"}


@pytest.mark.parametrize("content", ["MessageBody", "ReceiptHandle"])
def test_messages_and_receipts_are_not_kept(content: str) -> None:
    body = json.dumps({"QueueUrl": "q", content: "secret", "WaitTimeSeconds": 20}).encode()
    found = read_call("POST", "/", headers("sqs", "AmazonSQS.X"), body)
    assert found.parameters == {"QueueUrl": "q", "WaitTimeSeconds": 20}


def test_of_events_it_is_kept_where_they_go_and_of_what_kind_they_are() -> None:
    event = {"EventBusName": "jobs-dev", "Source": "jobqueue", "DetailType": "Job Dead"}
    for entry, kept in (
        ({**event, "Detail": "{}"}, {"Entries": (tuple(event.values()),)}),
        ({"Id": "0", "MessageBody": "{}"}, {}),
    ):
        body = json.dumps({"Entries": [entry]}).encode()
        call = read_call("POST", "/", headers("events", "AWSEvents.PutEvents"), body)
        assert call.parameters == kept
        Record().keep(call)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"not gzip"])
def test_a_body_that_cannot_be_read_has_no_parameters(body: bytes) -> None:
    packed = {"content-encoding": "gzip"} if body == b"not gzip" else {}
    assert read_call("POST", "/", headers("sqs", "AmazonSQS.X") | packed, body) == Call("sqs", "X")


def test_a_call_of_another_protocol_is_known_by_its_address() -> None:
    assert read_call("POST", "/?a=b", {}, b"Action=SendMessage") == Call("?", "POST /")
    assert read_call("GET", "/bucket/key", headers("s3"), b"") == Call("s3", "GET /bucket/key")


def test_only_calls_about_what_a_refusal_names_are_refused() -> None:
    record = Record()
    refusal = Refusal("PutLogEvents", 400, "AccessDeniedException", about={"logGroupName": "jobs"})
    record.refuse(refusal)
    other, ours = (
        Call("logs", "PutLogEvents", {"logGroupName": name, "logStreamName": "s"}) for name in ("metrics", "jobs")
    )
    assert [record.keep(other), record.keep(ours), record.keep(ours)] == [None, refusal, None]


def test_a_refusal_holds_until_the_other_operation_is_called() -> None:
    record = Record()
    refusal = Refusal("SendMessageBatch", 503, "ServiceUnavailable", until="DeleteMessageBatch")
    record.refuse(refusal)
    calls = [
        Call("sqs", name) for name in ("SendMessageBatch", "SendMessageBatch", "DeleteMessageBatch", "SendMessageBatch")
    ]
    assert [record.keep(call) for call in calls] == [refusal, refusal, None, None]
    assert record.refusals_left() == 0
