"""The last lines that a task's containers wrote, from CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

SHOWN_LINES = 15


@dataclass(frozen=True)
class ContainerLog:
    """The last lines of a container; `group` is empty if its output is not sent to CloudWatch Logs."""

    container: str
    group: str
    stream: str
    lines: list[str]


def container_logs(ecs: Any, logs: CloudWatchLogsClient, task_definition: str, task_id: str) -> list[ContainerLog]:
    """The logs of a task's containers, in its definition's order; one call for the definition and one for each."""
    found = []
    for container in ecs.describe_task_definition(taskDefinition=task_definition)["taskDefinition"][
        "containerDefinitions"
    ]:
        group, stream = log_stream(container, task_id)
        lines = last_lines(logs, group, stream) if group else []
        found.append(ContainerLog(container["name"], group, stream, lines))
    return found


def last_lines(logs: CloudWatchLogsClient, group: str, stream: str, most: int = SHOWN_LINES) -> list[str]:
    """The last lines of a stream; empty if nothing was written, or the stream is gone."""
    try:
        found = logs.get_log_events(logGroupName=group, logStreamName=stream, limit=most, startFromHead=False)
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"].rstrip() for event in found["events"]]


def log_stream(container: Mapping[str, Any], task_id: str) -> tuple[str, str]:
    """Log group and stream of a container of a task definition, as ECS names them; both empty where its log driver is not awslogs.

    With `awslogs-stream-prefix`, which Fargate demands, the stream is `prefix-name/container-name/ecs-task-id`:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
    """
    configuration = container.get("logConfiguration") or {}
    if configuration.get("logDriver") != "awslogs":
        return "", ""
    options = configuration["options"]
    return options["awslogs-group"], f"{options['awslogs-stream-prefix']}/{container['name']}/{task_id}"
