"""The tasks that run, and why others ended, from ECS and the log group of its events.

ECS itself keeps a stopped task for about an hour. Its events are in the ECS log group as long as that keeps them, and appear some seconds later:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jobqueue.client.log_lines import log_lines

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

AT_ONCE = 100
"""Tasks that DescribeTasks takes: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html"""
STOPPED = "STOPPED"
UNHEALTHY = "failed container health checks"
COUNTED = frozenset({"EssentialContainerExited", "TaskFailedToStart"})
"""Stop codes of tasks that ended by themselves or did not start; the others were stopped by a deployment, scaling in, Spot or a person."""


@dataclass(frozen=True, slots=True)
class TaskContainer:
    """A container of a task. `exit_code` is None while it runs, and if it did not start; then `reason` may say why."""

    name: str
    status: str
    health: str
    exit_code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Task:
    """An ECS task. `version` is the task definition, `family:revision`. Times in milliseconds since 1970. `stop_code` and `reason` are ECS's."""

    task_id: str
    service: str
    version: str
    status: str
    health: str
    started_ms: int | None
    stopped_ms: int | None
    stop_code: str
    reason: str
    containers: tuple[TaskContainer, ...]

    @property
    def failed(self) -> bool:
        """Whether the alarm failing-tasks counts it (infra/terraform/modules/worker/logs.tf)."""
        return self.stop_code in COUNTED or UNHEALTHY in self.reason


def read_tasks(ecs: Any, cluster: str, services: Mapping[str, str], *, stopped: bool = False) -> list[Task]:
    """The tasks as ECS has them now, the oldest first: running or starting ones, or those that stopped within about an hour.

    `services`: the name of the ECS service of each service.
    """
    wanted = STOPPED if stopped else "RUNNING"
    found: list[Task] = []
    for name, service in services.items():
        found += [read_task(one, name) for one in described(ecs, cluster, service, wanted)]
    return sorted(found, key=_when)


def read_alive(ecs: Any, cluster: str, services: Iterable[str]) -> frozenset[str]:
    """The ids of the tasks of these ECS services whose containers may still run, draining ones included."""
    return frozenset(
        str(task["taskArn"]).rpartition("/")[2]
        for service in services
        for wanted in ("RUNNING", STOPPED)  # the desired status: a task that was told to stop may still drain
        for task in described(ecs, cluster, service, wanted)
        if task["lastStatus"] != STOPPED
    )


def described(ecs: Any, cluster: str, service: str, wanted: str) -> Iterator[dict[str, Any]]:
    """DescribeTasks of an ECS service's tasks with the desired status RUNNING, or STOPPED, of which some may still drain."""
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=service, desiredStatus=wanted)
    arns = [arn for page in pages for arn in page["taskArns"]]
    for first in range(0, len(arns), AT_ONCE):
        yield from ecs.describe_tasks(cluster=cluster, tasks=arns[first : first + AT_ONCE])["tasks"]


def read_ended(
    ecs: Any, logs: CloudWatchLogsClient, cluster: str, services: Mapping[str, str], group: str, since_ms: int
) -> list[Task]:
    """The tasks that ended since `since_ms`, by their end; `group` is the log group of ECS's events."""
    known = {one.task_id: one for one in _from_events(logs, services, group, since_ms)}
    known |= {one.task_id: one for one in read_tasks(ecs, cluster, services, stopped=True)}
    return sorted((one for one in known.values() if since_ms <= (one.stopped_ms or since_ms)), key=_when)


def _from_events(logs: CloudWatchLogsClient, services: Mapping[str, str], group: str, since_ms: int) -> Iterator[Task]:
    names = {f"service:{service}": name for name, service in services.items()}
    for line in log_lines(logs, group, since_ms, word=STOPPED):
        try:
            detail = json.loads(line.text)["detail"]
            if detail["lastStatus"] == STOPPED and detail["group"] in names:
                yield read_task(detail, names[detail["group"]])
        except (ValueError, KeyError, TypeError):
            continue  # another event, or the collector's output, which is in the same group


def read_task(described: Mapping[str, Any], service: str) -> Task:
    """The task of an answer of DescribeTasks, or of the `detail` of an event, which has the same fields."""
    return Task(
        task_id=described["taskArn"].rpartition("/")[2],
        service=service,
        version=described.get("taskDefinitionArn", "").rpartition("/")[2],
        status=described.get("lastStatus", ""),
        health=_health(described),
        started_ms=_ms(described.get("startedAt")),
        stopped_ms=_ms(described.get("stoppedAt") or described.get("stoppingAt")),
        stop_code=described.get("stopCode", ""),
        reason=described.get("stoppedReason", ""),
        containers=tuple(_containers(described.get("containers", ()))),
    )


def _containers(described: Iterable[Mapping[str, Any]]) -> Iterator[TaskContainer]:
    for one in described:
        yield TaskContainer(
            one["name"], one.get("lastStatus", ""), _health(one), one.get("exitCode"), one.get("reason", "")
        )


def _health(described: Mapping[str, Any]) -> str:
    health = described.get("healthStatus", "")
    return "" if health == "UNKNOWN" else str(health)


def _ms(at: datetime | str | None) -> int | None:
    if not at:
        return None
    return round((at if isinstance(at, datetime) else datetime.fromisoformat(at)).timestamp() * 1000)


def _when(task: Task) -> int:
    return task.stopped_ms or task.started_ms or 0
