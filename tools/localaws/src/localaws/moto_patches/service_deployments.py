"""Deployments of an ECS service, with service deployments and service revisions, which moto lacks.

In moto a service has one deployment, which never ends. Here each change of what a service runs begins a deployment, and the reports that
`running_tasks` takes carry it on. Without a scheduler that reports, no task runs and every deployment stays in progress. After a rollback the
service's task definition is the old one again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from threading import RLock
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse

from localaws import deployment_views
from localaws.moto_patches.graft import add_operations, shelf, wrap
from localaws.rollout import Breaker, Deployment, Rollout, SeenTask

LOCK = RLock()
"""Guards every rollout: requests come on threads of their own, and so do reports."""
_CONFIGURATION = ("capacityProviderStrategy", "launchType", "networkConfiguration", "platformVersion")
"""A change of these is a deployment, as one of `taskDefinition` is:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html"""
_PAGE = 20
"""ListServiceDeployments' default."""


def close() -> None:
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
        breaker = Breaker(
            said.get("enable", False), said.get("rollback", False), said.get("resetOnHealthyTask", True) is not False
        )
        rollout.observe(seen, service.desired_count, breaker, time.time())
        if rollout.primary is not None:
            service.task_definition = rollout.primary.task_definition
        _show(service, rollout)


def list_service_deployments(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html, the newest first"""
    backend = self.ecs_backend
    service = backend._get_service(self._get_param("cluster", "default"), self._get_param("service"))  # noqa: SLF001
    statuses = self._get_param("status") or ()
    created = self._get_param("createdAt") or {}
    with LOCK:
        found = [
            one
            for one in reversed(_rollouts(backend)[_key(service)].deployments)
            if (not statuses or one.status in statuses) and _is_within(one.created_at, created)
        ]
        first, most = int(self._get_param("nextToken") or 0), self._get_param("maxResults") or _PAGE
        page = [deployment_views.brief(service, one) for one in found[first : first + most]]
    more = {"nextToken": str(first + most)} if first + most < len(found) else {}
    return ActionResult({"serviceDeployments": page, **more})


def describe_service_deployments(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html"""
    found, failures = [], []
    with LOCK:
        for arn in self._get_param("serviceDeploymentArns"):
            for service, rollout, one in _all(self.ecs_backend):
                if deployment_views.arn_of(service, deployment_views.DEPLOYMENT, one.number) == arn:
                    found.append(deployment_views.whole(service, rollout, one))
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
                if deployment_views.arn_of(service, deployment_views.REVISION, one.number) == arn:
                    found.append(deployment_views.revision(self.ecs_backend, service, one))
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
    service.deployments = [deployment_views.of_service(service, rollout, one) for one in rollout.shown()]
    service.events = [
        {"id": f"{rollout.number}-{one.number}", "createdAt": deployment_views.as_time(one.at), "message": one.text}
        for one in rollout.events
    ]


def _all(backend: Any) -> Iterator[tuple[Any, Rollout, Deployment]]:
    for key, rollout in _rollouts(backend).items():
        for one in rollout.deployments:
            yield backend.services[key], rollout, one


def _rollouts(backend: Any) -> dict[str, Rollout]:
    return shelf(backend, "rollouts")


def _key(service: Any) -> str:
    return f"{service.cluster_name}:{service.name}"


def _is_within(at: float, created: dict[str, Any]) -> bool:
    before, after = created.get("before"), created.get("after")
    return (before is None or at <= _seconds(before)) and (after is None or at >= _seconds(after))


def _seconds(said: Any) -> float:
    return said.timestamp() if isinstance(said, datetime) else float(said)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _digits() -> str:
    return str(random.randrange(10**18, 10**19))
