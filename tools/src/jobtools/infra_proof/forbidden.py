"""What may no task of a service ever do? Layer: tools, pure. Asked of each role after the run: all of it must lie outside.

Not everything that is not allowed, but what would hurt and is one careless wildcard away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jobtools.infra_proof.needs import Need, Place, via_sqs

_TAKE = ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility")
_RULE = ("PurgeQueue", "DeleteQueue", "SetQueueAttributes", "AddPermission", "StartMessageMoveTask")
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


def forbidden(reach: Reach, place: Place) -> Iterator[Need]:
    """Every forbidden call of one service."""
    key = via_sqs(place.region)
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
    for encrypted in sorted(set(place.keys.values())):
        yield Need("kms:Decrypt", encrypted)  # by itself, not through SQS
        yield Need("kms:Decrypt", encrypted, (("kms:ViaService", f"s3.{place.region}.amazonaws.com"),))
        yield from (
            Need(f"kms:{action}", encrypted, key) for action in ("ScheduleKeyDeletion", "PutKeyPolicy", "CreateGrant")
        )
        yield Need("kms:Decrypt", encrypted.rpartition("/")[0] + "/another", key)
    other = place.cluster_arn + "-of-another"
    yield Need("ecs:UpdateTaskProtection", other.replace(":cluster/", ":task/") + "/x", (("ecs:cluster", other),))
    yield from (
        Need(f"ecs:{action}", f"{place.cluster_arn.replace(':cluster/', ':task/')}/x")
        for action in ("StopTask", "ExecuteCommand")
    )
    yield Need("sqs:SendMessage", f"arn:aws:sqs:{place.region}:{place.account}:another")
    yield Need("iam:PassRole", f"arn:aws:iam::{place.account}:role/any")
    yield Need("sts:AssumeRole", f"arn:aws:iam::{place.account}:role/any")
