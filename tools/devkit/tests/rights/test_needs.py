"""The IAM rights that an AWS call needs."""

from __future__ import annotations

import pytest

from devkit.rights.needs import Need, Place, UnforeseenCall, needs_of, via_sqs
from localaws.ecs_agent import Call

JOBS = "arn:aws:sqs:us-east-1:123456789012:jobs"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/c"
PLAIN = Place("us-east-1", "123456789012", {}, CLUSTER, "7")
ENCRYPTED = Place("us-east-1", "123456789012", {JOBS: KEY}, CLUSTER, "7")
QUEUE = {"QueueUrl": "http://127.0.0.1:1/123456789012/jobs"}


@pytest.mark.parametrize("action", ["SendMessage", "DeleteMessage", "ChangeMessageVisibility"])
def test_a_batch_call_needs_the_single_action(action: str) -> None:
    calls = [Call("sqs", action, QUEUE), Call("sqs", f"{action}Batch", QUEUE)]
    assert needs_of(calls, PLAIN) == {Need(f"sqs:{action}", JOBS)}


def test_sending_to_an_encrypted_queue_needs_both_rights_on_its_key() -> None:
    key_rights = {Need(f"kms:{right}", KEY, via_sqs("us-east-1")) for right in ("GenerateDataKey", "Decrypt")}
    assert needs_of([Call("sqs", "SendMessage", QUEUE)], ENCRYPTED) == {Need("sqs:SendMessage", JOBS), *key_rights}


def test_receiving_needs_to_decrypt_and_deleting_needs_no_key() -> None:
    received = needs_of([Call("sqs", "ReceiveMessage", QUEUE)], ENCRYPTED)
    assert received == {Need("sqs:ReceiveMessage", JOBS), Need("kms:Decrypt", KEY, via_sqs("us-east-1"))}
    assert needs_of([Call("sqs", "DeleteMessage", QUEUE)], ENCRYPTED) == {Need("sqs:DeleteMessage", JOBS)}


@pytest.mark.parametrize("operation", ["CreateLogStream", "PutLogEvents"])
def test_a_log_call_is_about_its_stream(operation: str) -> None:
    call = Call("logs", operation, {"logGroupName": "/ecs/x", "logStreamName": "job-streams/d/j"})
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/x:log-stream:job-streams/d/j"
    assert needs_of([call], PLAIN) == {Need(f"logs:{operation}", arn)}


def test_task_protection_is_about_the_task_in_its_cluster() -> None:
    arn = "arn:aws:ecs:us-east-1:123456789012:task/c/7"
    wanted = {Need("ecs:UpdateTaskProtection", arn, (("ecs:cluster", CLUSTER),))}
    assert needs_of([Call("ecs", "UpdateTaskProtection", {})], PLAIN) == wanted


def test_whether_it_is_paused_is_about_the_service_in_its_cluster() -> None:
    call = Call("ecs", "DescribeServices", {"cluster": "c", "services": ("s",)})
    assert needs_of([call], PLAIN) == {Need("ecs:DescribeServices", "arn:aws:ecs:us-east-1:123456789012:service/c/s")}


@pytest.mark.parametrize(
    "call", [Call("sqs", "PurgeQueue", QUEUE), Call("sts", "GetCallerIdentity", {}), Call("?", "?", {})]
)
def test_a_call_that_nobody_foresaw_is_an_error(call: Call) -> None:
    with pytest.raises(UnforeseenCall, match=r"needs\.py"):
        needs_of([call], PLAIN)
