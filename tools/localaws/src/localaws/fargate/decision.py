"""Tasks that a service starts and stops now, by the rules of ECS's rolling update.

As many tasks as desired, all of the primary deployment; new ones work before old ones stop, within the two percentages. Protected tasks are stopped
neither for fewer tasks nor for a new deployment. An unhealthy task is replaced first, where there is room, and then stopped.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_definition_parameters.html (deploymentConfiguration)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from localaws.fargate.view import FAILED_HEALTH, StopCode, Why


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
