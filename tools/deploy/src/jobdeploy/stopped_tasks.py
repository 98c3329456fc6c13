"""Stopped tasks of a service: ECS's reasons, exit codes and the last lines of their logs.

ECS keeps a stopped task for about an hour:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobctl.queries.container_log import ContainerLog, container_logs
from jobctl.queries.tasks import described

if TYPE_CHECKING:
    from jobctl.environment.target import Clients

ORDINARY = "Scaling activity initiated by"
"""How ECS's reason begins for a task that was too many, or of an older deployment."""


@dataclass(frozen=True)
class StoppedContainer:
    """One container of a stopped task, and the end of what it wrote."""

    name: str
    exit_code: int | None
    reason: str
    lines: tuple[str, ...]
    place: str
    """Log group and stream; empty where it has none."""


@dataclass(frozen=True)
class StoppedTask:
    """A task that ECS did not stop in the ordinary course."""

    task_id: str
    task_definition: str
    reason: str
    containers: tuple[StoppedContainer, ...]

    def lines(self) -> list[str]:
        """For a person, containers that ended badly first."""
        lines = [f"task {self.task_id} ({self.task_definition.rpartition('/')[2]}): {self.reason}"]
        for one in sorted(self.containers, key=lambda container: not container.exit_code):
            code = "did not run" if one.exit_code is None else f"exit code {one.exit_code}"
            lines.append(f"  {one.name}: {code}{', ' + one.reason if one.reason else ''}")
            lines += [f"    {line}" for line in one.lines]
            if one.lines:
                lines.append(f"    (from {one.place})")
        return lines


def stopped_tasks(
    clients: Clients, cluster: str, service: str, *, task_definition: str | None = None, most: int = 1
) -> list[StoppedTask]:
    """The last ones to stop, the latest first; of one task definition, or of any.

    Raises:
        botocore.exceptions.ClientError: no permission.
    """
    chosen = [
        task
        for task in described(clients("ecs"), cluster, service, "STOPPED")
        if task_definition in (None, task["taskDefinitionArn"])
        and not task.get("stoppedReason", "").startswith(ORDINARY)
    ]
    chosen.sort(
        key=lambda task: str(task.get("stoppedAt") or task.get("stoppingAt") or task["createdAt"]), reverse=True
    )
    return [_read(clients, task) for task in chosen[:most]]


def format_tasks(tasks: Sequence[StoppedTask]) -> str:
    """All of them as text, below each other."""
    return "\n".join(f"  {line}" for task in tasks for line in task.lines())


def _read(clients: Clients, task: dict[str, Any]) -> StoppedTask:
    arn, task_id = task["taskDefinitionArn"], task["taskArn"].rpartition("/")[2]
    logs = {one.container: one for one in container_logs(clients("ecs"), clients("logs"), arn, task_id)}
    containers = tuple(_container(one, logs.get(one["name"])) for one in task["containers"])
    return StoppedTask(task_id, arn, task.get("stoppedReason", "no reason yet"), containers)


def _container(container: dict[str, Any], log: ContainerLog | None) -> StoppedContainer:
    lines, where = (tuple(log.lines), f"{log.group} {log.stream}".strip()) if log else ((), "")
    return StoppedContainer(
        container["name"],
        container.get("exitCode"),
        container.get("reason", ""),
        lines,
        where,
    )
