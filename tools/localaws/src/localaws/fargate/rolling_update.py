"""Which tasks a service wants, and which it starts and stops now, by the rules of ECS's rolling update.

As many tasks as desired, all of the primary deployment; new ones work before old ones stop, within the two percentages. Protected tasks are stopped
neither for fewer tasks nor for a new deployment. An unhealthy task is replaced first, where there is room, and then stopped.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_definition_parameters.html (deploymentConfiguration)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from localaws.fargate.view import FAILED_HEALTH, StopCode, Why

AT_ONCE = 10
"""Services that DescribeServices takes: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html"""
FIRST_SECONDS = 1.0
MAX_SECONDS = 30.0
"""Shorter than ECS's, which is up to 15 minutes: a user is waiting."""


@dataclass(frozen=True)
class Wanted:
    """A service as ECS describes it."""

    service: str
    definition_arn: str
    count: int
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    deployment: str = "ecs-svc"
    """Id of the primary deployment: the tasks that it started are the ones that are wanted."""
    failed: bool = False
    """The circuit breaker has stopped that deployment: no more of its tasks are started."""


@dataclass(frozen=True)
class Running:
    """A task that neither stops nor has stopped, the oldest first in a sequence of them."""

    task_id: str
    deployment: str
    """Which started it."""
    ready: bool
    unhealthy: bool = False
    protected: bool = False


@dataclass(frozen=True)
class Decision:
    """Number of tasks to start, and the tasks to stop."""

    start: int = 0
    stop: tuple[tuple[str, Why], ...] = ()


def decide(wanted: Wanted, running: Sequence[Running]) -> Decision:
    """Decide from what is wanted and what runs; called again whenever either changes."""
    most = max(wanted.count, wanted.count * wanted.maximum_percent // 100)
    least = math.ceil(wanted.count * wanted.minimum_healthy_percent / 100)
    current = [task for task in running if task.deployment == wanted.deployment and not task.unhealthy]
    old = [task for task in running if task.deployment != wanted.deployment and not task.unhealthy]
    unhealthy = [task for task in running if task.unhealthy]

    missing = max(0, wanted.count - len(current))
    start = 0 if wanted.failed else min(missing, max(0, most - len(running)))
    ready = sum(task.ready for task in running if not task.unhealthy)
    stop = _surplus(current, wanted.count, _why(wanted))

    stopped = {task_id for task_id, _ in stop}
    ready -= sum(task.ready for task in current if task.task_id in stopped)
    for task in sorted(old, key=lambda task: task.ready):  # what does not work yet is no loss
        if task.protected or (task.ready and ready <= least):
            continue
        ready -= task.ready
        stop.append((task.task_id, _why(wanted)))

    replaced = sum(task.ready for task in current) >= wanted.count
    if replaced or (missing and not start):
        stop += [(task.task_id, FAILED_HEALTH) for task in unhealthy]
    return Decision(start, tuple(stop))


def _surplus(current: Sequence[Running], count: int, why: Why) -> list[tuple[str, Why]]:
    """Tasks beyond the count: those that do not work yet first, then the youngest."""
    free = sorted((task for task in reversed(current) if not task.protected), key=lambda task: task.ready)
    return [(task.task_id, why) for task in free[: max(0, len(current) - count)]]


def _why(wanted: Wanted) -> Why:
    return Why(StopCode.SERVICE_SCHEDULER_INITIATED, f"Scaling activity initiated by (deployment {wanted.deployment})")


def wanted_services(ecs: Any, cluster: str) -> list[Wanted]:
    """Every service that is not deleted; one that is being deleted wants no task; none where there is no cluster (yet, or any more). Raises what
    boto3 raises."""
    pages = ecs.get_paginator("list_services").paginate(cluster=cluster)
    try:
        arns = [arn for page in pages for arn in page["serviceArns"]]
    except ecs.exceptions.ClusterNotFoundException:
        return []
    return [_wanted(service) for some in _portions(arns) for service in _describe(ecs, cluster, some)]


def _describe(ecs: Any, cluster: str, arns: list[str]) -> Iterator[dict[str, Any]]:
    for service in ecs.describe_services(cluster=cluster, services=arns)["services"]:
        if service["status"] != "INACTIVE":
            yield service


def _wanted(service: dict[str, Any]) -> Wanted:
    percents = service.get("deploymentConfiguration") or {}
    primary: dict[str, Any] = next((one for one in service.get("deployments") or () if one["status"] == "PRIMARY"), {})
    return Wanted(
        service=service["serviceName"],
        definition_arn=service["taskDefinition"],
        count=service["desiredCount"] if service["status"] == "ACTIVE" else 0,
        minimum_healthy_percent=percents.get("minimumHealthyPercent", 100),
        maximum_percent=percents.get("maximumPercent", 200),
        deployment=primary.get("id", "ecs-svc"),
        failed=primary.get("rolloutState") == "FAILED",
    )


def _portions(arns: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(arns), AT_ONCE):
        yield arns[first : first + AT_ONCE]


class Pace:
    """Delay before a task of one deployment that ended by itself is replaced. Times are seconds of a monotonic clock.

    None the first time; then longer and longer, as long as no task works: ECS throttles a service that cannot start its tasks, too.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
    """

    def __init__(self) -> None:
        self._failures = 0
        self._not_before = 0.0

    def failed(self, now: float) -> None:
        """Record that a task ended without having been stopped."""
        if self._failures:
            self._not_before = now + min(MAX_SECONDS, FIRST_SECONDS * 2 ** (self._failures - 1))
        self._failures += 1

    def worked(self) -> None:
        """Record that a task has run long enough to count as working."""
        self._failures = 0
        self._not_before = 0.0

    def wait_seconds(self, now: float) -> float:
        """How long to wait before the next start; 0 is now."""
        return max(0.0, self._not_before - now)
