"""ECS service deployments: which one runs a task definition, and its progress.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TAKEN_BACK = (
    "ROLLBACK_REQUESTED",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_SUCCESSFUL",
    "ROLLBACK_FAILED",
    "STOP_REQUESTED",
    "STOPPED",
)
"""ECS, or somebody, has given it up."""
GIVEN_UP = ("ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "STOPPED")
"""The same, and nothing more happens."""
SUCCESSFUL = "SUCCESSFUL"
AT_ONCE = 20
"""Service revisions that DescribeServiceRevisions takes:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html"""


@dataclass(frozen=True)
class ServiceDeployment:
    """One attempt to run one task definition. Counts are of its own tasks."""

    arn: str
    task_definition: str
    status: str
    reason: str
    created_at: datetime
    finished_at: datetime | None
    wanted: int = 0
    running: int = 0
    pending: int = 0
    failures: int = 0
    """As the circuit breaker counts them."""
    threshold: int = 0


def find_deployment(ecs: Any, cluster: str, service: str, task_definition: str) -> ServiceDeployment | None:
    """The newest one of that task definition, with its counts; None where there is none (yet, or any more: ECS keeps them for 90 days)."""
    for one in deployments(ecs, cluster, service):
        if one.task_definition == task_definition:
            return _counted(ecs, one)
    return None


def deployments(ecs: Any, cluster: str, service: str) -> Iterator[ServiceDeployment]:
    """All deployments of a service, the newest first, without counts. Pages are requested as they are consumed. Raises as `find_deployment`."""
    token: dict[str, str] = {}
    while True:
        answer = ecs.list_service_deployments(cluster=cluster, service=service, maxResults=AT_ONCE, **token)
        listed = answer["serviceDeployments"]
        definitions = _definitions(ecs, [one["targetServiceRevisionArn"] for one in listed])
        for one in sorted(listed, key=lambda described: described["createdAt"], reverse=True):
            yield ServiceDeployment(
                arn=one["serviceDeploymentArn"],
                task_definition=definitions.get(one["targetServiceRevisionArn"], ""),
                status=one["status"],
                reason=one.get("statusReason", ""),
                created_at=one["createdAt"],
                finished_at=one.get("finishedAt"),
            )
        if not (following := answer.get("nextToken")):
            return
        token = {"nextToken": following}


def _definitions(ecs: Any, revisions: list[str]) -> dict[str, str]:
    """Task definitions by service revision; a revision that ECS does not know any more is left out."""
    if not revisions:
        return {}
    found = ecs.describe_service_revisions(serviceRevisionArns=revisions)["serviceRevisions"]
    return {one["serviceRevisionArn"]: one["taskDefinition"] for one in found}


def _counted(ecs: Any, one: ServiceDeployment) -> ServiceDeployment:
    (described,) = ecs.describe_service_deployments(serviceDeploymentArns=[one.arn])["serviceDeployments"]
    target, breaker = described.get("targetServiceRevision") or {}, described.get("deploymentCircuitBreaker") or {}
    return ServiceDeployment(
        arn=one.arn,
        task_definition=one.task_definition,
        status=described["status"],
        reason=described.get("statusReason", ""),
        created_at=described["createdAt"],
        finished_at=described.get("finishedAt"),
        wanted=target.get("requestedTaskCount", 0),
        running=target.get("runningTaskCount", 0),
        pending=target.get("pendingTaskCount", 0),
        failures=breaker.get("failureCount", 0),
        threshold=breaker.get("threshold", 0),
    )
