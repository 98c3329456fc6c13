"""Rights that a recorded call needs.

From the Service Authorization Reference, and where that leaves it open, from the pages named below:

- A batch call needs the single call's action; there is none of its own ("Amazon SQS API permissions: Actions and resource reference").
- Where the queue has a customer managed key, sending needs kms:GenerateDataKey and kms:Decrypt, receiving kms:Decrypt, on that key, through SQS
  ("Amazon SQS Key management", configure KMS permissions for producers and consumers).
- CreateLogStream is decided on the new stream's ARN: that is what a denial names, though the reference lists only the group's.
- X-Ray's PutTraceSegments knows no resources ("Actions, resources, and condition keys for AWS X-Ray").
- The agent's task protection endpoint calls UpdateTaskProtection on the task, with the cluster as a condition key ("Actions, resources, and condition
  keys for Amazon Elastic Container Service").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.infra_check.inventory import NotAsSaid

if TYPE_CHECKING:
    from localaws.ecs_agent import Call

_SQS = {
    "SendMessage": "SendMessage",
    "SendMessageBatch": "SendMessage",
    "ReceiveMessage": "ReceiveMessage",
    "DeleteMessage": "DeleteMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibility": "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "GetQueueAttributes": "GetQueueAttributes",
}
_KEY_RIGHTS = {"SendMessage": ("kms:GenerateDataKey", "kms:Decrypt"), "ReceiveMessage": ("kms:Decrypt",)}
_LOGS = ("CreateLogStream", "PutLogEvents")


class UnforeseenCall(NotAsSaid):
    """A service made a call that is not in the tables: a right to be granted, or a mistake."""


@dataclass(frozen=True, slots=True)
class Need:
    """One action on one ARN, and what the request tells about itself (condition keys)."""

    action: str
    arn: str
    context: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        told = "".join(f", {key} {value}" for key, value in self.context)
        return f"{self.action} on {self.arn}{told}"


@dataclass(frozen=True)
class Place:
    """Where the calls go. `keys`: the key's ARN of each encrypted queue, by the queue's ARN. `task_id`: the pretended task."""

    region: str
    account: str
    keys: Mapping[str, str]
    cluster_arn: str
    task_id: str


def needs_of(calls: Iterable[Call], place: Place) -> set[Need]:
    """What the calls need, all together.

    Raises:
        UnforeseenCall: one is not in the tables.
    """
    return {need for call in calls for need in _needs(call, place)}


def via_sqs(region: str) -> tuple[tuple[str, str], ...]:
    """Condition keys of a request to KMS that SQS makes on a caller's behalf."""
    return (("kms:ViaService", f"sqs.{region}.amazonaws.com"),)


def queue_needs(call: Call, place: Place) -> Iterator[Need]:
    """Needs of a call of SQS; none for another service's, or for one that is not in the table."""
    if call.service != "sqs" or call.operation not in _SQS:
        return
    action = _SQS[call.operation]
    arn = f"arn:aws:sqs:{place.region}:{place.account}:{call.parameters['QueueUrl'].rpartition('/')[2]}"
    yield Need(f"sqs:{action}", arn)
    if arn in place.keys:
        for right in _KEY_RIGHTS.get(action, ()):
            yield Need(right, place.keys[arn], via_sqs(place.region))


def _needs(call: Call, place: Place) -> Iterable[Need]:
    if needs := list(queue_needs(call, place)):
        yield from needs
    elif call.service == "logs" and call.operation in _LOGS:
        group, stream = call.parameters["logGroupName"], call.parameters["logStreamName"]
        yield Need(
            f"logs:{call.operation}",
            f"arn:aws:logs:{place.region}:{place.account}:log-group:{group}:log-stream:{stream}",
        )
    elif (call.service, call.operation) == ("xray", "PutTraceSegments"):
        yield Need("xray:PutTraceSegments", "*")
    elif (call.service, call.operation) == ("ecs", "DescribeServices"):
        services = place.cluster_arn.replace(":cluster/", ":service/")
        yield from (Need("ecs:DescribeServices", f"{services}/{name}") for name in call.parameters["services"])
    elif (call.service, call.operation) == ("ecs", "UpdateTaskProtection"):
        task = place.cluster_arn.replace(":cluster/", ":task/") + f"/{place.task_id}"
        yield Need("ecs:UpdateTaskProtection", task, (("ecs:cluster", place.cluster_arn),))
    else:
        raise UnforeseenCall(
            f"{call.service}:{call.operation} is not in devkit/rights/needs.py: who called it, and what does it need?"
        )
