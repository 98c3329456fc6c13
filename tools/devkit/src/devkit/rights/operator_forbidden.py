"""Calls that neither operator policy may ever allow: what would do harm and is one careless wildcard away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from devkit.rights.needs import Need, Place, via_sqs

_RULE = ("PurgeQueue", "DeleteQueue", "SetQueueAttributes", "AddPermission", "StartMessageMoveTask")
_TAKE = ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility")
_LOG_RULE = ("PutLogEvents", "CreateLogStream", "DeleteLogStream", "DeleteLogGroup", "PutRetentionPolicy")
_TASKS = ("RunTask", "ExecuteCommand", "UpdateTaskProtection")
_SERVICES = ("CreateService", "DeleteService")
_SCALING = ("DeregisterScalableTarget", "PutScalingPolicy", "DeleteScalingPolicy")


@dataclass(frozen=True)
class Sphere:
    """The resources that operators look at, by ARN."""

    queues: tuple[str, ...]
    dead_letters: tuple[str, ...]
    log_groups: tuple[str, ...]
    services: tuple[str, ...]
    targets: tuple[str, ...]
    key: str
    stack_parameter: str
    paused_parameter: str


def forbidden_to_operators(sphere: Sphere, place: Place) -> Iterator[Need]:
    """Calls forbidden to operators who repair, and so to those who only look."""
    account = f"{place.region}:{place.account}"
    for queue in (*sphere.queues, *sphere.dead_letters):
        yield from (Need(f"sqs:{action}", queue) for action in _RULE)
    for queue in sphere.queues:
        yield from (Need(f"sqs:{action}", queue) for action in _TAKE)  # what services receive is theirs
    yield from (Need("sqs:SendMessage", queue) for queue in sphere.dead_letters)
    another = f"arn:aws:sqs:{account}:another"
    yield from (Need(f"sqs:{action}", another) for action in (*_TAKE, "SendMessage", "GetQueueAttributes"))
    for group in sphere.log_groups:
        yield from (Need(f"logs:{action}", f"{group}:log-stream:any") for action in _LOG_RULE)
        yield from (Need(f"logs:{action}", group) for action in _LOG_RULE)
    outside = f"arn:aws:logs:{account}:log-group:/aws/lambda/another:log-stream:"
    yield from (Need(f"logs:{action}", outside) for action in ("FilterLogEvents", "GetLogEvents", "StartQuery"))
    for service in sphere.services:
        yield from (Need(f"ecs:{action}", service) for action in _SERVICES)
    task = place.cluster_arn.replace(":cluster/", ":task/") + "/any"
    yield from (Need(f"ecs:{action}", task, (("ecs:cluster", place.cluster_arn),)) for action in _TASKS)
    other = f"{place.cluster_arn}-of-another"
    yield Need("ecs:UpdateService", other.replace(":cluster/", ":service/") + "/any")
    yield Need("ecs:ListTasks", "*", (("ecs:cluster", other),))
    yield Need("ecs:StopTask", other.replace(":cluster/", ":task/") + "/any", (("ecs:cluster", other),))
    yield Need("ecs:RegisterTaskDefinition", "*")
    for target in sphere.targets:
        yield from (Need(f"application-autoscaling:{action}", target) for action in _SCALING)
    yield from (
        Need("application-autoscaling:RegisterScalableTarget", f"{target}-of-another") for target in sphere.targets
    )
    yield Need("ssm:PutParameter", sphere.stack_parameter)
    yield from (
        Need(f"ssm:{action}", f"arn:aws:ssm:{account}:parameter/another") for action in ("GetParameter", "PutParameter")
    )
    yield from (Need("ssm:DeleteParameter", one) for one in (sphere.stack_parameter, sphere.paused_parameter))
    yield Need("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{account}:secret:another-a1B2c3")
    yield Need("kms:Decrypt", sphere.key)
    yield Need("kms:Decrypt", sphere.key, (("kms:ViaService", f"s3.{place.region}.amazonaws.com"),))
    yield from (
        Need(f"kms:{action}", sphere.key, via_sqs(place.region))
        for action in ("ScheduleKeyDeletion", "PutKeyPolicy", "CreateGrant")
    )
    yield Need("ecr:PutImage", f"arn:aws:ecr:{account}:repository/another")
    yield Need("iam:PassRole", f"arn:aws:iam::{place.account}:role/any")
    yield Need("sts:AssumeRole", f"arn:aws:iam::{place.account}:role/any")


def forbidden_to_readers(sphere: Sphere, place: Place) -> Iterator[Need]:
    """Calls forbidden to operators who only look: all that change something."""
    yield from (Need("sqs:SendMessage", queue) for queue in sphere.queues)
    yield from (Need("sqs:DeleteMessage", queue) for queue in sphere.dead_letters)
    yield from (Need("ecs:UpdateService", service) for service in sphere.services)
    yield Need("ecs:StopTask", place.cluster_arn.replace(":cluster/", ":task/") + "/any")
    yield from (Need("application-autoscaling:RegisterScalableTarget", target) for target in sphere.targets)
    yield Need("ssm:PutParameter", sphere.paused_parameter)
    yield Need("kms:GenerateDataKey", sphere.key, via_sqs(place.region))


def sphere_of(outputs: Mapping[str, object], place: Place, targets: Mapping[str, str]) -> Sphere:
    """From what the stack's outputs name."""

    def queue(name: str) -> str:
        return f"arn:aws:sqs:{place.region}:{place.account}:{str(outputs[name]).rpartition('/')[2]}"

    def parameter(name: str) -> str:
        return f"arn:aws:ssm:{place.region}:{place.account}:parameter{outputs[name]}"

    return Sphere(
        queues=(queue("sqs_main_job_triggers_queue_url"), queue("sqs_background_jobs_queue_url")),
        dead_letters=(queue("sqs_main_job_triggers_dlq_url"), queue("sqs_background_jobs_dlq_url")),
        log_groups=tuple(
            f"arn:aws:logs:{place.region}:{place.account}:log-group:{outputs[f'cloudwatch_log_group_{name}']}"
            for name in ("main_job", "background_job", "ecs", "metrics")
        ),
        services=tuple(
            f"{place.cluster_arn.replace(':cluster/', ':service/')}/{outputs[f'ecs_{name}_service_name']}"
            for name in ("main_job", "background_job")
        ),
        targets=tuple(sorted(targets.values())),
        key=str(outputs["kms_key_arn"]),
        stack_parameter=parameter("ssm_stack_parameter_name"),
        paused_parameter=parameter("ssm_paused_parameter_name"),
    )
