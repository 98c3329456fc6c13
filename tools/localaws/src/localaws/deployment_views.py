"""Views of a deployment in the answers of ECS's API, made from moto's service model and a rollout.

Every deployment is shown as three things: one of `deployments` of its service, a service deployment, and the service revision that it is to run.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from localaws.rollout import Deployment, Rollout

DEPLOYMENT, REVISION = "service-deployment", "service-revision"


def of_service(service: Any, rollout: Rollout, one: Deployment) -> dict[str, Any]:
    """One of DescribeServices' `deployments`. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html"""
    running, pending = rollout.counts(one)
    primary = one is rollout.primary
    return {
        "id": one.id,
        "status": "PRIMARY" if primary else "ACTIVE",
        "taskDefinition": one.task_definition,
        "desiredCount": service.desired_count if primary else rollout.wanted(one),
        "runningCount": running,
        "pendingCount": pending,
        "failedTasks": one.failures,
        "createdAt": as_time(one.created_at),
        "updatedAt": as_time(one.updated_at),
        "capacityProviderStrategy": getattr(service, "capacity_provider_strategy", None),
        "launchType": service.launch_type,
        "platformVersion": service.platform_version,
        "platformFamily": "Linux",
        "networkConfiguration": service.network_configuration or None,
        "rolloutState": one.rollout_state,
        "rolloutStateReason": one.rollout_reason,
    }


def brief(service: Any, one: Deployment) -> dict[str, Any]:
    """As ListServiceDeployments shows it."""
    return {
        "serviceDeploymentArn": arn_of(service, DEPLOYMENT, one.number),
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "createdAt": as_time(one.created_at),
        "startedAt": as_time(one.created_at),
        "finishedAt": None if one.finished_at is None else as_time(one.finished_at),
        "targetServiceRevisionArn": arn_of(service, REVISION, one.number),
        "status": one.status,
        "statusReason": one.status_reason,
    }


def whole(service: Any, rollout: Rollout, one: Deployment) -> dict[str, Any]:
    """As DescribeServiceDeployments shows it."""
    by_number = {deployment.number: deployment for deployment in rollout.deployments}
    wanted = service.desired_count if one is rollout.primary else rollout.wanted(one)
    enabled = ((service.deployment_configuration or {}).get("deploymentCircuitBreaker") or {}).get("enable", False)
    whole = {
        **brief(service, one),
        "updatedAt": as_time(one.updated_at),
        "stoppedAt": as_time(one.updated_at) if one.status == "STOPPED" else None,
        "sourceServiceRevisions": [
            _counted(service, rollout, by_number[number], rollout.wanted(by_number[number])) for number in one.source
        ],
        "targetServiceRevision": _counted(service, rollout, one, wanted),
        "deploymentConfiguration": service.deployment_configuration,
        "deploymentCircuitBreaker": {
            "status": one.breaker if enabled else "DISABLED",
            "failureCount": one.failures,
            "threshold": one.threshold,
        },
    }
    del whole["targetServiceRevisionArn"]
    if one.rolled_back_to is not None and one.rolled_back_at is not None:
        whole["rollback"] = {
            "reason": one.status_reason,
            "startedAt": as_time(one.rolled_back_at),
            "serviceRevisionArn": arn_of(service, REVISION, one.rolled_back_to.number),
        }
    return whole


def _counted(service: Any, rollout: Rollout, one: Deployment, wanted: int) -> dict[str, Any]:
    running, pending = rollout.counts(one)
    return {
        "arn": arn_of(service, REVISION, one.number),
        "requestedTaskCount": wanted,
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    }


def revision(backend: Any, service: Any, one: Deployment) -> dict[str, Any]:
    """As DescribeServiceRevisions shows it."""
    containers = backend.describe_task_definition(one.task_definition).container_definitions
    return {
        "serviceRevisionArn": arn_of(service, REVISION, one.number),
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "taskDefinition": one.task_definition,
        "createdAt": as_time(one.created_at),
        "containerImages": [
            {
                "containerName": said["name"],
                "image": said["image"],
                "imageDigest": said["image"].partition("@")[2] or None,
            }
            for said in containers
        ],
    }


def arn_of(service: Any, kind: str, number: str) -> str:
    """`kind` is DEPLOYMENT or REVISION."""
    head = service.cluster_arn.rpartition(":")[0]
    return f"{head}:{kind}/{service.cluster_name}/{service.name}/{number}"


def as_time(at: float) -> datetime:
    """Seconds since 1970 as moto's serializer takes them: a naive datetime in UTC."""
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
