"""Calls that no task of a service, nor ECS on its behalf, may ever be allowed to make.

Each role is checked after the run. The list is not everything that is not allowed, but what would do harm and is one careless wildcard away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from devkit.rights.needs import Need, Place, via_sqs

_TAKE = ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility")
_RULE = ("PurgeQueue", "DeleteQueue", "SetQueueAttributes", "AddPermission", "StartMessageMoveTask")
_READ_SECRETS = {"ssm": ("GetParameter", "GetParameters"), "secretsmanager": ("GetSecretValue",)}
_LOG_WRITES = ("CreateLogStream", "PutLogEvents")
_LOG_RULE = ("DeleteLogStream", "DeleteLogGroup", "PutRetentionPolicy", "GetLogEvents", "FilterLogEvents")


@dataclass(frozen=True)
class Reach:
    """What is a service's own, by ARN; everything else of the project is not."""

    receives: str
    sends: frozenset[str]
    queues: frozenset[str]
    job_log_group: str | None
    log_groups: frozenset[str]
    key: str
    """The project's key, whether the queues are encrypted with it or not."""
    secrets: frozenset[str]
    """What its container is given from SSM and Secrets Manager."""


def forbidden_to_task(reach: Reach, place: Place) -> Iterator[Need]:
    """Every forbidden call of one service's task role."""
    through_sqs = via_sqs(place.region)
    for queue in sorted(reach.queues):
        yield from (Need(f"sqs:{action}", queue) for action in _RULE)
        if queue != reach.receives:
            yield from (Need(f"sqs:{action}", queue) for action in _TAKE)
        if queue not in reach.sends:
            yield Need("sqs:SendMessage", queue)
    for group in sorted(reach.log_groups):
        yield from (Need(f"logs:{action}", arn) for action in _LOG_RULE for arn in (group, f"{group}:log-stream:any"))
        # Not even in its own group may a task write as another container, or outside of the job streams.
        yield from (Need(f"logs:{action}", f"{group}:log-stream:any") for action in _LOG_WRITES)
        if group != reach.job_log_group:
            streams = ("job-streams/2026-01-01/x", "job-streams-overflow/2026-01-01/x")
            yield from (
                Need(f"logs:{action}", f"{group}:log-stream:{stream}") for action in _LOG_WRITES for stream in streams
            )
    outside = f"arn:aws:logs:{place.region}:{place.account}:log-group:/aws/lambda/another"
    yield from (Need(f"logs:{action}", f"{outside}:log-stream:job-streams/x") for action in _LOG_WRITES)
    yield Need("logs:CreateLogGroup", outside)
    yield from _key_alone(reach, place)
    yield from (
        Need(f"kms:{action}", reach.key, through_sqs)
        for action in ("ScheduleKeyDeletion", "PutKeyPolicy", "CreateGrant")
    )
    if reach.key not in place.keys.values():
        # SSE-SQS: no queue needs it, and it opens logs and alarms.
        yield from (Need(f"kms:{action}", reach.key, through_sqs) for action in ("Decrypt", "GenerateDataKey"))
    # Not even its own secrets: ECS reads them, once.
    yield from _secrets({*reach.secrets, *_others(place)})
    other = place.cluster_arn + "-of-another"
    yield Need("ecs:UpdateTaskProtection", other.replace(":cluster/", ":task/") + "/x", (("ecs:cluster", other),))
    yield from (
        Need(f"ecs:{action}", f"{place.cluster_arn.replace(':cluster/', ':task/')}/x")
        for action in ("StopTask", "ExecuteCommand")
    )
    for another in (f"arn:aws:sqs:{place.region}:{place.account}:another", f"{reach.receives}-of-another"):
        yield Need("sqs:SendMessage", another)
    yield Need("iam:PassRole", f"arn:aws:iam::{place.account}:role/any")
    yield Need("sts:AssumeRole", f"arn:aws:iam::{place.account}:role/any")


def forbidden_at_start(reach: Reach, place: Place) -> Iterator[Need]:
    """Every forbidden call of one service's execution role."""
    yield from _secrets(_others(place))
    yield from _key_alone(reach, place)
    for queue in sorted(reach.queues):
        yield from (Need(f"sqs:{action}", queue) for action in (*_TAKE, *_RULE, "SendMessage"))
    for group in sorted(reach.log_groups):
        yield from (
            Need(f"logs:{action}", f"{group}:log-stream:job-streams/x") for action in (*_LOG_WRITES, *_LOG_RULE)
        )
    repository = f"arn:aws:ecr:{place.region}:{place.account}:repository"
    yield Need("ecr:BatchGetImage", f"{repository}/another")
    yield Need("ecr:PutImage", f"{repository}/another")
    yield Need("iam:PassRole", f"arn:aws:iam::{place.account}:role/any")


def _key_alone(reach: Reach, place: Place) -> Iterator[Need]:
    """The project's key but through SQS, and another key."""
    for context in ((), (("kms:ViaService", f"s3.{place.region}.amazonaws.com"),)):
        yield Need("kms:Decrypt", reach.key, context)
    another = reach.key.rpartition("/")[0] + "/another"
    for service in ("sqs", *_READ_SECRETS):
        yield Need("kms:Decrypt", another, (("kms:ViaService", f"{service}.{place.region}.amazonaws.com"),))


def _secrets(arns: Collection[str]) -> Iterator[Need]:
    for arn in sorted(arns):
        service = arn.split(":")[2]
        yield from (Need(f"{service}:{action}", arn) for action in _READ_SECRETS[service])


def _others(place: Place) -> set[str]:
    here = f"{place.region}:{place.account}"
    return {f"arn:aws:ssm:{here}:parameter/another", f"arn:aws:secretsmanager:{here}:secret:another-a1B2c3"}
