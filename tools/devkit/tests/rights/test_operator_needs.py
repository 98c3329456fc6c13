"""The IAM rights that calls of `jobctl` need, and the rights that neither policy may grant."""

from __future__ import annotations

import pytest

from devkit.rights.needs import Need, Place, UnforeseenCall, via_sqs
from devkit.rights.operator_forbidden import Sphere, forbidden_to_operators, forbidden_to_readers
from devkit.rights.operator_needs import operator_needs
from localaws.ecs_agent import Call

HERE = "us-east-1:123456789012"
QUEUE, KEY = f"arn:aws:sqs:{HERE}:jobs", f"arn:aws:kms:{HERE}:key/1"
CLUSTER = f"arn:aws:ecs:{HERE}:cluster/c"
PLACE = Place("us-east-1", "123456789012", {QUEUE: KEY}, CLUSTER, "0" * 32)
TARGETS = {"service/c/s": f"arn:aws:application-autoscaling:{HERE}:scalable-target/1"}
GROUPS = f"arn:aws:logs:{HERE}:log-group"
SPHERE = Sphere(
    (QUEUE,),
    (f"{QUEUE}-dlq",),
    (f"{GROUPS}:/g",),
    (f"arn:aws:ecs:{HERE}:service/c/s",),
    tuple(TARGETS.values()),
    KEY,
    "a",
    "b",
)


@pytest.mark.parametrize(
    ("call", "needs"),
    [
        (Call("monitoring", "DescribeAlarms"), {Need("cloudwatch:DescribeAlarms", "*")}),
        (Call("xray", "GetTraceSummaries"), {Need("xray:GetTraceSummaries", "*")}),
        (
            Call("ecs", "DescribeServices", {"cluster": "c", "services": ("s", "t")}),
            {Need("ecs:DescribeServices", f"arn:aws:ecs:{HERE}:service/c/{name}") for name in ("s", "t")},
        ),
        (
            Call("ecs", "DescribeTasks", {"tasks": ("abc", f"arn:aws:ecs:{HERE}:task/c/def")}),
            {Need("ecs:DescribeTasks", f"arn:aws:ecs:{HERE}:task/c/{name}") for name in ("abc", "def")},
        ),
        (
            Call("ecs", "StopTask", {"cluster": "c", "task": "abc"}),
            {Need("ecs:StopTask", f"arn:aws:ecs:{HERE}:task/c/abc")},
        ),
        (Call("ecs", "ListTasks", {"cluster": "c"}), {Need("ecs:ListTasks", "*", (("ecs:cluster", CLUSTER),))}),
        (
            Call("logs", "FilterLogEvents", {"logGroupName": "/g"}),
            {Need("logs:FilterLogEvents", f"{GROUPS}:/g:log-stream:")},
        ),
        (
            Call("logs", "GetLogEvents", {"logGroupName": "/g", "logStreamName": "s"}),
            {Need("logs:GetLogEvents", f"{GROUPS}:/g:log-stream:s")},
        ),
        (Call("ssm", "PutParameter", {"Name": "/p"}), {Need("ssm:PutParameter", f"arn:aws:ssm:{HERE}:parameter/p")}),
        (
            Call("application-autoscaling", "RegisterScalableTarget", {"ResourceId": "service/c/s"}),
            {Need("application-autoscaling:RegisterScalableTarget", TARGETS["service/c/s"])},
        ),
        (
            Call("sqs", "ReceiveMessage", {"QueueUrl": "http://h/123456789012/jobs"}),
            {Need("sqs:ReceiveMessage", QUEUE), Need("kms:Decrypt", KEY, via_sqs("us-east-1"))},
        ),
    ],
    ids=lambda one: f"{one.service}:{one.operation}" if isinstance(one, Call) else "",
)
def test_a_call_needs_its_action_on_what_it_names(call: Call, needs: set[Need]) -> None:
    assert operator_needs([call], PLACE, TARGETS) == needs


@pytest.mark.parametrize(
    "call", [Call("sqs", "PurgeQueue", {"QueueUrl": "q"}), Call("ecs", "RunTask"), Call("iam", "POST /")]
)
def test_a_call_that_nobody_foresaw_is_told(call: Call) -> None:
    with pytest.raises(UnforeseenCall, match=f"{call.service}:{call.operation}"):
        operator_needs([call], PLACE, TARGETS)


def test_whoever_looks_may_change_nothing_and_whoever_repairs_takes_nothing_from_the_services() -> None:
    nobody, readers = (set(one(SPHERE, PLACE)) for one in (forbidden_to_operators, forbidden_to_readers))
    assert {Need(f"sqs:{action}", QUEUE) for action in ("ReceiveMessage", "PurgeQueue")} <= nobody
    assert Need("sqs:SendMessage", f"{QUEUE}-dlq") in nobody
    assert Need("sqs:SendMessage", QUEUE) in readers - nobody
    assert Need("ecs:UpdateService", SPHERE.services[0]) in readers - nobody
    assert Need("ecs:StopTask", f"arn:aws:ecs:{HERE}:task/c/any") in readers - nobody
    assert any(one.action == "ecs:StopTask" and "of-another" in one.arn for one in nobody)
