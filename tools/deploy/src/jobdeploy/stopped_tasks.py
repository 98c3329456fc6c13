"""The last task of a version that failed: ECS's reason, exit codes and the last lines of its logs.

ECS keeps a stopped task for about an hour:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobctl.queries.container_log import container_logs
from jobctl.queries.tasks import read_tasks

if TYPE_CHECKING:
    from jobctl.environment.target import Clients

ORDINARY = "Scaling activity initiated by"
"""How ECS's reason begins for a task that was too many, or of an older deployment."""


def last_stopped(clients: Clients, cluster: str, service: str, task_definition: str) -> str:
    """Lines about the last task of this task definition that ECS did not stop in the ordinary course; empty where there is none.

    Raises:
        botocore.exceptions.ClientError: no permission.
    """
    ecs, version = clients("ecs"), task_definition.rpartition("/")[2]
    tasks = [
        one
        for one in read_tasks(ecs, cluster, {service: service}, stopped=True)
        if one.version == version and not one.reason.startswith(ORDINARY)
    ]
    if not tasks:
        return ""
    task = tasks[-1]
    logs = {one.container: one for one in container_logs(ecs, clients("logs"), task_definition, task.task_id)}
    lines = [f"task {task.task_id} ({version}): {task.reason or 'no reason yet'}"]
    for one in sorted(task.containers, key=lambda container: not container.exit_code):  # those that ended badly first
        code = "did not run" if one.exit_code is None else f"exit code {one.exit_code}"
        lines.append(f"  {one.name}: {code}{', ' + one.reason if one.reason else ''}")
        log = logs.get(one.name)
        if log is not None and log.lines:
            lines += [*(f"    {line}" for line in log.lines), f"    (from {log.group} {log.stream})"]
    return "\n".join(f"  {line}" for line in lines)
