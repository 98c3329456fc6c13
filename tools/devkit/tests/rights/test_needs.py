"""The IAM rights that an AWS call needs, and those that ECS needs to start a task."""

from __future__ import annotations

from typing import Any

import pytest

from devkit.rights.installed import Installed
from devkit.rights.needs import Account, Context, Need, UnforeseenCallError, needs_of, starting_needs, via
from localaws.ecs_agent import Call

HERE = "us-east-1:123456789012"
JOBS, PLAIN = f"arn:aws:sqs:{HERE}:jobs", f"arn:aws:sqs:{HERE}:plain"
KEY = f"arn:aws:kms:{HERE}:key/1"
CLUSTER = f"arn:aws:ecs:{HERE}:cluster/c"
TARGETS = {"service/c/s": f"arn:aws:application-autoscaling:{HERE}:scalable-target/1"}
TABLE = f"arn:aws:dynamodb:{HERE}:table/p-jobs"
ACCOUNT = Account("us-east-1", "123456789012", {JOBS: KEY, TABLE: KEY}, CLUSTER, "7", TARGETS)
GROUPS = f"arn:aws:logs:{HERE}:log-group"
IN_CLUSTER: Context = (("ecs:cluster", CLUSTER),)
QUEUE = {"QueueUrl": "http://127.0.0.1:1/123456789012/plain"}
ENCRYPTED = {"QueueUrl": "http://127.0.0.1:1/123456789012/jobs"}


@pytest.mark.parametrize("action", ["SendMessage", "DeleteMessage", "ChangeMessageVisibility"])
def test_a_batch_call_needs_the_single_action(action: str) -> None:
    calls = [Call("sqs", action, QUEUE), Call("sqs", f"{action}Batch", QUEUE)]
    assert needs_of(calls, ACCOUNT) == {Need(f"sqs:{action}", PLAIN)}


@pytest.mark.parametrize(
    ("action", "rights"),
    [("SendMessage", ("GenerateDataKey", "Decrypt")), ("ReceiveMessage", ("Decrypt",)), ("DeleteMessage", ())],
)
def test_an_encrypted_queue_needs_rights_on_its_key(action: str, rights: tuple[str, ...]) -> None:
    key_rights = {Need(f"kms:{right}", KEY, via("sqs", "us-east-1")) for right in rights}
    assert needs_of([Call("sqs", action, ENCRYPTED)], ACCOUNT) == {Need(f"sqs:{action}", JOBS), *key_rights}


@pytest.mark.parametrize(("index", "arn"), [({}, TABLE), ({"IndexName": "open"}, f"{TABLE}/index/open")])
def test_an_encrypted_table_and_its_indexes_need_a_right_on_its_key(index: dict[str, str], arn: str) -> None:
    assert needs_of([Call("dynamodb", "Query", {"TableName": "p-jobs", **index})], ACCOUNT) == {
        Need("dynamodb:Query", arn),
        Need("kms:Decrypt", KEY, via("dynamodb", "us-east-1")),
    }


@pytest.mark.parametrize(
    ("call", "needs"),
    [
        (
            Call("logs", "PutLogEvents", {"logGroupName": "/g", "logStreamName": "job-streams/d/j"}),
            {Need("logs:PutLogEvents", f"{GROUPS}:/g:log-stream:job-streams/d/j")},
        ),
        (
            Call("logs", "FilterLogEvents", {"logGroupName": "/g"}),
            {Need("logs:FilterLogEvents", f"{GROUPS}:/g:log-stream:")},
        ),
        (
            Call("logs", "DescribeLogGroups", {"logGroupName": "/g"}),
            {Need("logs:DescribeLogGroups", f"{GROUPS}::log-stream:")},
        ),
        (
            Call("ecs", "UpdateTaskProtection", {}),
            {Need("ecs:UpdateTaskProtection", f"arn:aws:ecs:{HERE}:task/c/7", IN_CLUSTER)},
        ),
        (
            Call("ecs", "DescribeServices", {"cluster": "c", "services": ("s", "t")}),
            {Need("ecs:DescribeServices", f"arn:aws:ecs:{HERE}:service/c/{name}") for name in ("s", "t")},
        ),
        (
            Call("ecs", "DescribeTasks", {"tasks": ("abc", f"arn:aws:ecs:{HERE}:task/c/def")}),
            {Need("ecs:DescribeTasks", f"arn:aws:ecs:{HERE}:task/c/{name}") for name in ("abc", "def")},
        ),
        (Call("ecs", "ListTasks", {"cluster": "c"}), {Need("ecs:ListTasks", "*", IN_CLUSTER)}),
        (Call("monitoring", "DescribeAlarms"), {Need("cloudwatch:DescribeAlarms", "*")}),
        (Call("xray", "GetTraceSummaries"), {Need("xray:GetTraceSummaries", "*")}),
        (Call("ssm", "PutParameter", {"Name": "/p"}), {Need("ssm:PutParameter", f"arn:aws:ssm:{HERE}:parameter/p")}),
        (
            Call("application-autoscaling", "RegisterScalableTarget", {"ResourceId": "service/c/s"}),
            {
                Need("application-autoscaling:RegisterScalableTarget", TARGETS["service/c/s"]),
                *(Need(f"cloudwatch:{one}", "*") for one in ("PutMetricAlarm", "DescribeAlarms", "DeleteAlarms")),
                *(
                    Need(f"ecs:{one}", f"arn:aws:ecs:{HERE}:service/c/s")
                    for one in ("DescribeServices", "UpdateService")
                ),
            },
        ),
    ],
    ids=lambda one: f"{one.service}:{one.operation}" if isinstance(one, Call) else "",
)
def test_a_call_needs_its_action_on_what_it_names(call: Call, needs: set[Need]) -> None:
    assert needs_of([call], ACCOUNT) == needs


@pytest.mark.parametrize("call", [Call("sqs", "PurgeQueue", QUEUE), Call("ecs", "RunTask"), Call("?", "?", {})])
def test_a_call_that_is_not_in_the_table_is_an_error(call: Call) -> None:
    with pytest.raises(UnforeseenCallError, match=r"needs\.py"):
        needs_of([call], ACCOUNT)


OWN_KEY = f"arn:aws:kms:{HERE}:key/9"
SECRET, PARAMETER = f"arn:aws:secretsmanager:{HERE}:secret:p/database-a1B2c3", f"arn:aws:ssm:{HERE}:parameter/p/token"
CONTAINER = {
    "name": "worker",
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/worker@sha256:00",
    "logConfiguration": {
        "options": {"awslogs-group": "/ecs/p", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "job"}
    },
}


class _Keys:
    """The answers of Secrets Manager and SSM, as far as keys go."""

    def __init__(self, key: str | None) -> None:
        self._key = key

    def describe_secret(self, **_: Any) -> dict[str, Any]:
        return {"KmsKeyId": self._key} if self._key else {}

    def describe_parameters(self, **_: Any) -> dict[str, Any]:
        return {"Parameters": [{"KeyId": self._key or "alias/aws/ssm"}]}


def starting(container: dict[str, Any], key: str | None = None) -> set[Need]:
    service = Installed("worker", "worker", {}, "task", "execution", {}, [container])
    return starting_needs(service, lambda _: _Keys(key), ACCOUNT)


def test_images_are_pulled_and_output_is_written_to_the_tasks_own_stream() -> None:
    repository, stream = f"arn:aws:ecr:{HERE}:repository/p/worker", f"{GROUPS}:/ecs/p:log-stream:job/worker/7"
    assert starting(CONTAINER) == {
        Need("ecr:GetAuthorizationToken", "*"),
        Need("ecr:BatchCheckLayerAvailability", repository),
        Need("ecr:BatchGetImage", repository),
        Need("ecr:GetDownloadUrlForLayer", repository),
        Need("logs:CreateLogStream", stream),
        Need("logs:PutLogEvents", stream),
    }


def test_a_secret_is_needed_whole_and_its_key_only_where_it_is_a_customers() -> None:
    with_secrets = {
        **CONTAINER,
        "secrets": [{"name": "A", "valueFrom": f"{SECRET}:password::"}, {"name": "B", "valueFrom": PARAMETER}],
    }
    more = starting(with_secrets) - starting(CONTAINER)
    assert more == {Need("secretsmanager:GetSecretValue", SECRET), Need("ssm:GetParameters", PARAMETER)}
    assert starting(with_secrets, OWN_KEY) - starting(CONTAINER) - more == {
        Need("kms:Decrypt", OWN_KEY, via(service, "us-east-1")) for service in ("secretsmanager", "ssm")
    }
