"""What did a container write last? Layer: tools, any thread, plain boto3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

SHOWN_LINES = 15


@dataclass(frozen=True)
class ContainerLog:
    """The end of what a container wrote; `group` is empty where its output goes nowhere."""

    container: str
    group: str
    stream: str
    lines: list[str]


def container_logs(ecs: Any, logs: CloudWatchLogsClient, task_definition: str, task_id: str) -> list[ContainerLog]:
    """Of each container of a task, in its definition's order; one call for the definition and one for each.

    Raises:
        botocore.exceptions.ClientError: no permission.
    """
    from jobtools.forward import log_place  # who only reads logs does not load what sends them

    found = []
    for container in ecs.describe_task_definition(taskDefinition=task_definition)["taskDefinition"][
        "containerDefinitions"
    ]:
        place = log_place(container, task_id)
        lines = last_lines(logs, place.group, place.stream) if place else []
        group, stream = (place.group, place.stream) if place else ("", "")
        found.append(ContainerLog(container["name"], group, stream, lines))
    return found


def last_lines(logs: CloudWatchLogsClient, group: str, stream: str, most: int = SHOWN_LINES) -> list[str]:
    """The end of a stream; empty where nothing was written, or the stream is gone.

    Raises:
        botocore.exceptions.ClientError: no permission.
    """
    try:
        found = logs.get_log_events(logGroupName=group, logStreamName=stream, limit=most, startFromHead=False)
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"].rstrip() for event in found["events"]]
