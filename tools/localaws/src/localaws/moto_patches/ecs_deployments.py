"""Deployments of an ECS service, with service deployments and service revisions, which moto lacks.

In moto a service has one deployment, which never ends. Here each change of what a service runs begins a deployment, and the reports that
`ecs_tasks` takes carry it on. Without a scheduler that reports, no task runs and every deployment stays in progress. After a rollback the
service's task definition is the old one again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse

from localaws.moto_patches.patching import add_operations, state, wrap
from localaws.moto_patches.rollout import Breaker, Deployment, Rollout, SeenTask

_DEPLOYMENT, _REVISION = "service-deployment", "service-revision"
LOCK = RLock()
"""Guards every rollout: requests come on threads of their own, and so do reports."""
_CONFIGURATION = ("capacityProviderStrategy", "launchType", "networkConfiguration", "platformVersion")
"""A change of these is a deployment, as one of `taskDefinition` is:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html"""


def patch() -> None:
    """Adds the three operations; a service's deployments, counts and events are those of its rollout."""
    add_operations(
        EC2ContainerServiceResponse,
        list_service_deployments,
        describe_service_deployments,
        describe_service_revisions,
    )
    wrap(EC2ContainerServiceResponse, "create_service", _create_service)
    wrap(EC2ContainerServiceResponse, "update_service", _update_service)


def observe(backend: Any, service: Any, seen: Sequence[SeenTask]) -> None:
    """Takes what the scheduler reports of a service's tasks."""
    with LOCK:
        rollout = _rollouts(backend).get(_key(service))
        if rollout is None:
            return
        said = (service.deployment_configuration or {}).get("deploymentCircuitBreaker") or {}
        breaker = Breaker(said.get("enable", False), said.get("rollback", False))
        rollout.observe(seen, service.desired_count, breaker, time.time())
        if rollout.primary is not None:
            service.task_definition = rollout.primary.task_definition
        _show(service, rollout)


def place_within(backend: Any, cluster: str, name: str, least: int, most: int) -> None:
    """Sets a service's desired count to the nearest one within these bounds."""
    with LOCK:
        service = backend.services[f"{cluster}:{name}"]
        service.desired_count = min(max(service.desired_count, least), most)
        _show(service, _rollouts(backend)[_key(service)])


def list_service_deployments(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html, the newest first; neither filters nor pages."""
    backend = self.ecs_backend
    service = backend._get_service(self._get_param("cluster", "default"), self._get_param("service"))  # noqa: SLF001
    with LOCK:
        found = [_brief(service, one) for one in reversed(_rollouts(backend)[_key(service)].deployments)]
    return ActionResult({"serviceDeployments": found})


def describe_service_deployments(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html"""
    found, failures = [], []
    with LOCK:
        for arn in self._get_param("serviceDeploymentArns"):
            for service, rollout, one in _all(self.ecs_backend):
                if _arn(service, _DEPLOYMENT, one.number) == arn:
                    found.append(_whole(service, rollout, one))
                    break
            else:
                failures.append({"arn": arn, "reason": "MISSING"})
    return ActionResult({"serviceDeployments": found, "failures": failures})


def describe_service_revisions(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html"""
    found, failures = [], []
    with LOCK:
        for arn in self._get_param("serviceRevisionArns"):
            for service, _, one in _all(self.ecs_backend):
                if _arn(service, _REVISION, one.number) == arn:
                    found.append(_revision(service, one))
                    break
            else:
                failures.append({"arn": arn, "reason": "MISSING"})
    return ActionResult({"serviceRevisions": found, "failures": failures})


def _create_service(old: Any, responses: Any) -> Any:
    with LOCK:
        answer = old(responses)
        service = answer.result["service"]
        _rollouts(responses.ecs_backend)[_key(service)] = Rollout(service.name, _digits())
        _begin(responses.ecs_backend, service)
    return answer


def _update_service(old: Any, responses: Any) -> Any:
    with LOCK:
        backend = responses.ecs_backend
        service = backend._get_service(responses._get_param("cluster", "default"), responses._get_param("service"))  # noqa: SLF001
        before = service.task_definition, [getattr(service, _snake(name), None) for name in _CONFIGURATION]
        answer = old(responses)
        if service.task_definition:
            service.task_definition = backend.describe_task_definition(service.task_definition).arn
        after = service.task_definition, [getattr(service, _snake(name), None) for name in _CONFIGURATION]
        if before != after or responses._get_param("forceNewDeployment"):  # noqa: SLF001
            _begin(backend, service)
        else:
            _show(service, _rollouts(backend)[_key(service)])
    return answer


def _begin(backend: Any, service: Any) -> None:
    rollout = _rollouts(backend)[_key(service)]
    rollout.begin(f"ecs-svc/{_digits()}", _digits(), service.task_definition or "", time.time())
    _show(service, rollout)


def _show(service: Any, rollout: Rollout) -> None:
    """Writes the rollout to moto's own model, from which DescribeServices answers."""
    service.running_count, service.pending_count = rollout.counts()
    service.deployments = [_in_service(service, rollout, one) for one in rollout.shown()]
    service.events = [
        {"id": f"{rollout.number}-{one.number}", "createdAt": as_time(one.at), "message": one.text}
        for one in rollout.events
    ]


def _all(backend: Any) -> Iterator[tuple[Any, Rollout, Deployment]]:
    for key, rollout in _rollouts(backend).items():
        for one in rollout.deployments:
            yield backend.services[key], rollout, one


def _rollouts(backend: Any) -> dict[str, Rollout]:
    return state(backend, "rollouts")


def _key(service: Any) -> str:
    return f"{service.cluster_name}:{service.name}"


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _digits() -> str:
    return str(random.randrange(10**18, 10**19))


def _in_service(service: Any, rollout: Rollout, one: Deployment) -> dict[str, Any]:
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
        "rolloutState": one.rollout_state,
        "rolloutStateReason": one.rollout_reason,
    }


def _brief(service: Any, one: Deployment) -> dict[str, Any]:
    """A service deployment as ListServiceDeployments shows it."""
    return {
        "serviceDeploymentArn": _arn(service, _DEPLOYMENT, one.number),
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "createdAt": as_time(one.created_at),
        "startedAt": as_time(one.created_at),
        "finishedAt": None if one.finished_at is None else as_time(one.finished_at),
        "targetServiceRevisionArn": _arn(service, _REVISION, one.number),
        "status": one.status,
        "statusReason": one.status_reason,
    }


def _whole(service: Any, rollout: Rollout, one: Deployment) -> dict[str, Any]:
    """The same as DescribeServiceDeployments shows it."""
    whole = _brief(service, one)
    running, pending = rollout.counts(one)
    enabled = ((service.deployment_configuration or {}).get("deploymentCircuitBreaker") or {}).get("enable", False)
    return {
        **whole,
        "targetServiceRevision": {
            "arn": whole.pop("targetServiceRevisionArn"),
            "requestedTaskCount": service.desired_count if one is rollout.primary else rollout.wanted(one),
            "runningTaskCount": running,
            "pendingTaskCount": pending,
        },
        "deploymentCircuitBreaker": {
            "status": one.breaker if enabled else "DISABLED",
            "failureCount": one.failures,
            "threshold": one.threshold,
        },
    }


def _revision(service: Any, one: Deployment) -> dict[str, Any]:
    """As DescribeServiceRevisions shows it."""
    return {
        "serviceRevisionArn": _arn(service, _REVISION, one.number),
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "taskDefinition": one.task_definition,
        "createdAt": as_time(one.created_at),
    }


def _arn(service: Any, kind: str, number: str) -> str:
    head = service.cluster_arn.rpartition(":")[0]
    return f"{head}:{kind}/{service.cluster_name}/{service.name}/{number}"


def as_time(at: float) -> datetime:
    """Seconds since 1970 as moto's serializer takes them: a naive datetime in UTC."""
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
