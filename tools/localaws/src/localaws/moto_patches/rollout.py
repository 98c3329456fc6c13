"""Deployments of an ECS service: the rolling update from one task definition to the next, and its rollback.

Follows ECS's rolling update with its circuit breaker: a deployment is IN_PROGRESS until as many of its tasks are steady as are desired and no task of
an older deployment is left; it is FAILED when the number of its failed tasks reaches the threshold, and the service then goes back to the last
deployment that was completed, which keeps its id. ECS shows a deployment twice, in `deployments` of a service and as a service deployment; both are
one `Deployment` here. Nothing here locks: callers hold `ecs_deployments.LOCK`.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

MIN_FAILURES, MAX_FAILURES = 3, 200
EVENTS = 100
"""As many as DescribeServices shows."""
PENDING = ("PROVISIONING", "PENDING", "ACTIVATING")
ENDED = ("DEPROVISIONING", "STOPPED")
FAILED_BY_ITSELF = ("TaskFailedToStart", "EssentialContainerExited")
FAILED_HEALTH = "Task failed container health checks"


@dataclass(frozen=True)
class SeenTask:
    """A task as the scheduler reports it, in ECS's terms."""

    task_id: str
    deployment: str
    last_status: str
    desired_status: str
    steady: bool = False
    """Has worked for long enough to count as healthy."""
    stop_code: str | None = None
    stopped_reason: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the circuit breaker counts it."""
        return self.stop_code in FAILED_BY_ITSELF or self.stopped_reason == FAILED_HEALTH


@dataclass
class Deployment:
    """One attempt to run one revision of a service. Times are seconds since 1970."""

    id: str
    """`ecs-svc/...`, which its tasks have as `startedBy`."""
    number: str
    """The last part of the service deployment's and the service revision's ARN."""
    task_definition: str
    created_at: float
    updated_at: float
    finished_at: float | None = None
    rollout_state: str = "IN_PROGRESS"
    rollout_reason: str = ""
    status: str = "PENDING"
    """Of the service deployment."""
    status_reason: str | None = None
    failures: int = 0
    threshold: int = MIN_FAILURES
    breaker: str = "MONITORING"


@dataclass(frozen=True)
class Breaker:
    """A service's `deploymentCircuitBreaker`."""

    enable: bool = False
    rollback: bool = False


@dataclass(frozen=True)
class ServiceEvent:
    """One of a service's events; `number` distinguishes it from others of the same moment."""

    number: int
    at: float
    text: str


@dataclass
class Rollout:
    """The deployments of one service."""

    service: str
    number: str = ""
    """Distinguishes it from an earlier service of the same name."""
    deployments: list[Deployment] = field(default_factory=list)
    """The oldest first."""
    primary: Deployment | None = None
    events: deque[ServiceEvent] = field(default_factory=lambda: deque(maxlen=EVENTS))
    """The newest first."""
    tasks: dict[str, SeenTask] = field(default_factory=dict)
    _failed: set[str] = field(default_factory=set)
    _steady: bool = False
    _count: int = 0

    def begin(self, deployment_id: str, number: str, task_definition: str, now: float) -> Deployment:
        """A new deployment becomes the primary one; one that was in progress is superseded."""
        new = Deployment(deployment_id, number, task_definition, now, now)
        new.rollout_reason = f"ECS deployment {deployment_id} in progress."
        for one in self.deployments:
            if one.finished_at is None:
                self._finish(one, "STOPPED", f"Superseded by service deployment {number}.", now)
        self.deployments.append(new)
        self.primary = new
        self._steady = False
        return new

    def observe(self, seen: Sequence[SeenTask], desired: int, breaker: Breaker, now: float) -> None:
        """Takes the scheduler's latest report. Afterwards `primary` may be another deployment, whose task definition becomes the service's."""
        self._note_changes(seen, now)
        self.tasks = {task.task_id: task for task in seen}
        primary = self.primary
        if primary is None:
            return
        if primary.status == "PENDING":
            primary.status = "IN_PROGRESS"
        primary.threshold = min(MAX_FAILURES, max(MIN_FAILURES, math.ceil(desired / 2)))
        if primary.rollout_state == "IN_PROGRESS":
            self._count_failures(primary)
            if breaker.enable and primary.failures >= primary.threshold:
                self._fail(primary, breaker, now)
            elif self._is_complete(primary, desired):
                self._complete(primary, now)
        self._note_steadiness(desired, now)

    def counts(self, deployment: Deployment | None = None) -> tuple[int, int]:
        """Running and pending tasks, of one deployment or of all."""
        of = [task for task in self.tasks.values() if deployment is None or task.deployment == deployment.id]
        running = sum(task.last_status == "RUNNING" for task in of)
        return running, sum(task.last_status in PENDING for task in of)

    def shown(self) -> list[Deployment]:
        """What DescribeServices lists: the primary one, then those that still have tasks, the newest first."""
        alive = {task.deployment for task in self.tasks.values() if task.last_status not in ENDED}
        older = [one for one in reversed(self.deployments) if one is not self.primary and one.id in alive]
        return [self.primary, *older] if self.primary else older

    def wanted(self, deployment: Deployment) -> int:
        """How many tasks of an older deployment are still to run."""
        return sum(t.deployment == deployment.id and t.desired_status == "RUNNING" for t in self.tasks.values())

    def _count_failures(self, primary: Deployment) -> None:
        own = [task for task in self.tasks.values() if task.deployment == primary.id]
        if any(task.steady and task.desired_status == "RUNNING" for task in own):
            primary.failures = 0
        fresh = {task.task_id for task in own if task.failed} - self._failed
        self._failed |= fresh
        primary.failures += len(fresh)

    def _is_complete(self, primary: Deployment, desired: int) -> bool:
        working = sum(
            task.deployment == primary.id and task.steady and task.desired_status == "RUNNING"
            for task in self.tasks.values()
        )
        left = any(task.deployment != primary.id and task.last_status not in ENDED for task in self.tasks.values())
        return working >= desired and not left

    def _complete(self, primary: Deployment, now: float) -> None:
        primary.rollout_state = "COMPLETED"
        primary.rollout_reason = f"ECS deployment {primary.id} completed."
        primary.updated_at = now
        if primary.finished_at is None:
            self._finish(primary, "SUCCESSFUL", None, now)
        for one in self.deployments:
            if one.status == "ROLLBACK_IN_PROGRESS":
                self._finish(one, "ROLLBACK_SUCCESSFUL", one.status_reason, now)
        self._log(f"(deployment {primary.id}) deployment completed.", now)

    def _fail(self, primary: Deployment, breaker: Breaker, now: float) -> None:
        self._log(f"(deployment {primary.id}) deployment failed: tasks failed to start.", now)
        primary.rollout_state = "FAILED"
        primary.rollout_reason = "ECS deployment circuit breaker: tasks failed to start."
        primary.breaker = "TRIGGERED"
        primary.updated_at = now
        why = "Service deployment failed because the circuit breaker threshold was exceeded."
        rolling = [one for one in self.deployments if one.status == "ROLLBACK_IN_PROGRESS"]
        if rolling:  # what it went back to fails as well: nothing more is started
            self._finish(rolling[0], "ROLLBACK_FAILED", rolling[0].status_reason, now)
            return
        completed = [one for one in self.deployments if one.rollout_state == "COMPLETED"]
        if not breaker.rollback:
            self._finish(primary, "STOPPED", why, now)
        elif not completed:
            self._finish(primary, "ROLLBACK_FAILED", "No rollback candidate was found to run the rollback.", now)
        else:
            back = completed[-1]
            primary.status, primary.status_reason = "ROLLBACK_IN_PROGRESS", why
            back.rollout_state = "IN_PROGRESS"
            back.rollout_reason = f"ECS deployment circuit breaker: rolling back to deploymentId {back.id}."
            back.failures = 0
            back.updated_at = now
            self.primary = back
            self._log(f"rolling back to deployment {back.id}.", now)

    def _finish(self, deployment: Deployment, status: str, reason: str | None, now: float) -> None:
        deployment.status, deployment.status_reason = status, reason
        deployment.finished_at = deployment.updated_at = now
        if deployment.breaker == "MONITORING":
            deployment.breaker = "MONITORING_COMPLETE"

    def _note_changes(self, seen: Sequence[SeenTask], now: float) -> None:
        started = [task for task in seen if task.task_id not in self.tasks]
        stopped = [task for task in seen if task.desired_status == "STOPPED" and self._ran(task.task_id)]
        for task in stopped:
            if task.stopped_reason == FAILED_HEALTH:
                self._log(f"(task {task.task_id}) failed container health checks.", now)
        told = [task for task in stopped if task.stop_code == "ServiceSchedulerInitiated"]
        if told:
            self._log(f"has stopped {len(told)} running tasks: {_names(told)}.", now)
        if started:
            self._log(f"has started {len(started)} tasks: {_names(started)}.", now)

    def _ran(self, task_id: str) -> bool:
        before = self.tasks.get(task_id)
        return before is not None and before.desired_status == "RUNNING"

    def _note_steadiness(self, desired: int, now: float) -> None:
        primary = self.primary
        done = primary is not None and primary.rollout_state == "COMPLETED" and self.counts() == (desired, 0)
        if done and not self._steady:
            self._log("has reached a steady state.", now)
        self._steady = done

    def _log(self, text: str, now: float) -> None:
        self._count += 1
        self.events.appendleft(ServiceEvent(self._count, now, f"(service {self.service}) {text}"))


def _names(tasks: Sequence[SeenTask]) -> str:
    return " ".join(f"(task {task.task_id})" for task in tasks)
