"""Rights that a recorded call needs, and those that ECS needs to start a task.

From the Service Authorization Reference, and where that leaves it open, from the pages named below:

- A batch call needs the single call's action; there is none of its own ("Amazon SQS API permissions: Actions and resource reference").
- Where the queue has a customer managed key, sending needs kms:GenerateDataKey and kms:Decrypt, receiving kms:Decrypt, on that key, through SQS
  ("Amazon SQS Key management", configure KMS permissions for producers and consumers).
- Whoever calls an encrypted table needs kms:Decrypt on its key, through DynamoDB ("Managing encrypted tables in DynamoDB"). A query of an index is
  decided on the index's ARN ("Using IAM policy conditions for fine-grained access control").
- CreateLogStream is decided on the new stream's ARN: that is what a denial names, though the reference lists only the group's. FilterLogEvents and
  DescribeLogGroups likewise on `log-group:NAME:log-stream:`, without a stream, or without a name.
- ListTasks has a container instance as its resource, which Fargate has none of: `*`, with the cluster as a condition key.
- The agent's task protection endpoint calls UpdateTaskProtection on the task, with the cluster as a condition key.
- RegisterScalableTarget and PutScalingPolicy are refused to whoever lacks rights to alarms, on `*`, and to the service ("Permissions validation for
  API calls on target resources").
- DescribeAlarms tells of composite alarms only with `*` ("DescribeAlarms").
- ECS's own calls cannot be recorded: "Amazon ECS task execution IAM role" (pulling from ECR, the awslogs driver, secrets).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.errors import MismatchError

if TYPE_CHECKING:
    from devkit.rights.installed import Installed
    from jobctl.environment.target import Clients
    from localaws.ecs_agent import Call

Context = tuple[tuple[str, str], ...]
_TABLE_CALLS = tuple(f"dynamodb:{action}" for action in ("BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem"))
_KEY_RIGHTS: Mapping[str, tuple[str, ...]] = {
    "sqs:SendMessage": ("kms:GenerateDataKey", "kms:Decrypt"),
    **dict.fromkeys(("sqs:ReceiveMessage", *_TABLE_CALLS), ("kms:Decrypt",)),
}
_PULL = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
SECRET_ARN_PARTS = 7
"""A secret's ARN; after it may come JSON key, version stage and version id, which are no part of it."""


class UnforeseenCallError(MismatchError):
    """A call that is not in the table: a right to be granted, or a mistake."""


@dataclass(frozen=True, slots=True)
class Need:
    """One action on one ARN, with the condition keys of the request."""

    action: str
    arn: str
    context: Context = ()

    def __str__(self) -> str:
        keys = "".join(f", {key} {value}" for key, value in self.context)
        return f"{self.action} on {self.arn}{keys}"


@dataclass(frozen=True)
class Account:
    """Where the calls go. `keys`: key ARNs by the ARN of the encrypted queue or table. `targets`: ARNs of scalable targets by their ResourceId."""

    region: str
    number: str
    keys: Mapping[str, str]
    cluster_arn: str
    task_id: str
    targets: Mapping[str, str] = field(default_factory=dict)

    def arn(self, service: str, resource: str) -> str:
        """An ARN of this account and Region."""
        return f"arn:aws:{service}:{self.region}:{self.number}:{resource}"

    def queue(self, url: str) -> str:
        """A queue's ARN."""
        return self.arn("sqs", url.rpartition("/")[2])

    def in_cluster(self, kind: str, name: str) -> str:
        """The ARN of a task or a service, by its name or its ARN."""
        return f"{self.cluster_arn.replace(':cluster/', f':{kind}/')}/{name.rpartition('/')[2]}"

    def log_group(self, name: str) -> str:
        """A log group's ARN."""
        return self.arn("logs", f"log-group:{name}")


def via(service: str, region: str) -> Context:
    """Condition key of a request to KMS that a service makes on a caller's behalf."""
    return (("kms:ViaService", f"{service}.{region}.amazonaws.com"),)


TRIED = ("RegisterScalableTarget", "PutScalingPolicy")
"""Calls before which Application Auto Scaling tries the caller's own rights, those to alarms without an alarm's name."""
TRIED_ALARMS = ("PutMetricAlarm", "DescribeAlarms", "DeleteAlarms")

Arns = Callable[[Mapping[str, Any], Account], Iterable[str]]


def _everything(_: Mapping[str, Any], __: Account) -> Iterable[str]:
    return ["*"]


def _queue(parameters: Mapping[str, Any], account: Account) -> Iterable[str]:
    return [account.queue(parameters["QueueUrl"])]


def _table(parameters: Mapping[str, Any], account: Account) -> Iterable[str]:
    if "RequestItems" in parameters:
        return [account.arn("dynamodb", f"table/{name}") for name in parameters["RequestItems"]]
    index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
    return [account.arn("dynamodb", f"table/{parameters['TableName']}{index}")]


def _streams(parameters: Mapping[str, Any], account: Account) -> Iterable[str]:
    group = account.log_group(parameters.get("logGroupName", ""))
    return [f"{group}:log-stream:{parameters.get('logStreamName', '')}"]


def _in_cluster(kind: str, parameter: str) -> Arns:
    def arns(parameters: Mapping[str, Any], account: Account) -> Iterable[str]:
        named = parameters[parameter]
        return [account.in_cluster(kind, one) for one in ([named] if isinstance(named, str) else named)]

    return arns


_ARNS: dict[str, Arns] = {
    **dict.fromkeys(
        (
            *(f"sqs:{action}{batch}" for action in ("SendMessage", "DeleteMessage") for batch in ("", "Batch")),
            *(f"sqs:ChangeMessageVisibility{batch}" for batch in ("", "Batch")),
            "sqs:ReceiveMessage",
            "sqs:GetQueueAttributes",
        ),
        _queue,
    ),
    **dict.fromkeys(_TABLE_CALLS, _table),
    "events:PutEvents": lambda parameters, account: {
        account.arn("events", f"event-bus/{bus}") for bus, _, _ in parameters["Entries"]
    },
    "events:DescribeEventBus": lambda parameters, account: [account.arn("events", f"event-bus/{parameters['Name']}")],
    **dict.fromkeys((f"logs:{action}" for action in ("CreateLogStream", "PutLogEvents", "GetLogEvents")), _streams),
    "logs:FilterLogEvents": lambda parameters, account: _streams({"logGroupName": parameters["logGroupName"]}, account),
    "logs:DescribeLogGroups": lambda _, account: _streams({}, account),
    **dict.fromkeys(
        (f"xray:{action}" for action in ("PutTraceSegments", "BatchGetTraces", "GetTraceSummaries")), _everything
    ),
    **dict.fromkeys(
        (f"cloudwatch:{one}" for one in ("DescribeAlarms", "GetMetricData", "GetMetricStatistics")), _everything
    ),
    "application-autoscaling:DescribeScalableTargets": _everything,
    **dict.fromkeys(
        (f"application-autoscaling:{action}" for action in TRIED),
        lambda parameters, account: [account.targets[parameters["ResourceId"]]],
    ),
    "ecs:DescribeTaskDefinition": _everything,
    "ecs:ListTasks": _everything,
    "ecs:DescribeServices": _in_cluster("service", "services"),
    "ecs:ListServiceDeployments": _in_cluster("service", "service"),
    "ecs:UpdateService": _in_cluster("service", "service"),
    "ecs:DescribeTasks": _in_cluster("task", "tasks"),
    "ecs:StopTask": _in_cluster("task", "task"),
    "ecs:UpdateTaskProtection": lambda _, account: [account.in_cluster("task", account.task_id)],
    "ecs:DescribeServiceRevisions": lambda parameters, _: parameters["serviceRevisionArns"],
    "ecs:DescribeServiceDeployments": lambda parameters, _: parameters["serviceDeploymentArns"],
    **dict.fromkeys(
        ("ssm:GetParameter", "ssm:PutParameter"),
        lambda parameters, account: [account.arn("ssm", f"parameter{parameters['Name']}")],
    ),
    "ecr:DescribeImages": lambda parameters, account: [
        account.arn("ecr", f"repository/{parameters['repositoryName']}")
    ],
}
"""The resources of each call that services and `jobctl` make."""
_IN_CLUSTER = ("ecs:ListTasks", "ecs:UpdateTaskProtection")
"""Calls whose request has the cluster as a condition key."""


def _told(call: Call) -> set[Context]:
    """Condition keys of each event of a call ("Using IAM policy conditions in Amazon EventBridge"); none of other calls."""
    entries = call.parameters["Entries"] if call.operation == "PutEvents" else ()
    return {(("events:detail-type", kind), ("events:source", source)) for _, source, kind in entries}


def needs_of(calls: Iterable[Call], account: Account) -> set[Need]:
    """What the calls need, all together. Raises UnforeseenCallError where one is not in the table."""
    return {need for call in calls for need in _needs(call, account)}


def _needs(call: Call, account: Account) -> Iterator[Need]:
    name = (
        f"{'cloudwatch' if call.service == 'monitoring' else call.service}:{call.operation}"  # it signs as `monitoring`
    )
    if name not in _ARNS:
        raise UnforeseenCallError(f"{name} is not in devkit/rights/needs.py: who called it, and what does it need?")
    action = name.removesuffix("Batch")
    contexts = _told(call) or {(("ecs:cluster", account.cluster_arn),) if name in _IN_CLUSTER else ()}
    if call.service == "application-autoscaling" and call.operation in TRIED:
        yield from (Need(f"cloudwatch:{one}", "*") for one in TRIED_ALARMS)
        scaled = account.in_cluster("service", call.parameters["ResourceId"])
        yield from (Need(f"ecs:{one}", scaled) for one in ("DescribeServices", "UpdateService"))
    for arn in _ARNS[name](call.parameters, account):
        yield from (Need(action, arn, context) for context in contexts)
        if key := account.keys.get(arn.partition("/index/")[0]):
            for right in _KEY_RIGHTS.get(action, ()):
                yield Need(right, key, via(call.service, account.region))


def starting_needs(service: Installed, clients: Clients, account: Account) -> set[Need]:
    """What the execution role of the service needs. Raises ClientError where a secret is not there."""
    needs = {Need("ecr:GetAuthorizationToken", "*")}
    for container in service.containers:
        repository = container["image"].partition("/")[2].partition("@")[0]
        needs |= {Need(f"ecr:{action}", account.arn("ecr", f"repository/{repository}")) for action in _PULL}
        options = container["logConfiguration"]["options"]
        # the stream is PREFIX/CONTAINER/TASK ("Send Amazon ECS logs to CloudWatch", awslogs-stream-prefix)
        stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{account.task_id}"
        arn = f"{account.log_group(options['awslogs-group'])}:log-stream:{stream}"
        needs |= {Need(f"logs:{action}", arn) for action in ("CreateLogStream", "PutLogEvents")}
        needs |= {need for secret in container.get("secrets", ()) for need in _read(secret["valueFrom"], clients)}
    return needs


def secret_arn(value_from: str) -> str:
    """The ARN in a container's `valueFrom`."""
    return ":".join(value_from.split(":")[:SECRET_ARN_PARTS])


def _read(value_from: str, clients: Clients) -> Iterator[Need]:
    arn = secret_arn(value_from)
    _, _, service, region, _, *_ = arn.split(":")
    if service == "ssm":
        yield Need("ssm:GetParameters", arn)
        named = [{"Key": "Name", "Option": "Equals", "Values": [arn.partition(":parameter")[2]]}]
        (found,) = clients("ssm").describe_parameters(ParameterFilters=named)["Parameters"]
        key = found.get("KeyId")
    else:
        yield Need("secretsmanager:GetSecretValue", arn)
        key = clients("secretsmanager").describe_secret(SecretId=arn).get("KmsKeyId")
    if key and "alias/aws/" not in key:  # AWS's own keys ask for no right of the reader's
        yield Need("kms:Decrypt", key, via(service, region))
