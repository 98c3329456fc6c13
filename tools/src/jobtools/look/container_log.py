"""The last lines that a task's containers wrote, from CloudWatch Logs."""

from __future__ import annotations

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
    """The logs of a task's containers, in its definition's order; one call for the definition and one for each.

    Raises:
        botocore.exceptions.ClientError: no permission.
    """
    from jobtools.forward import log_place  # a reader of logs does not load the forwarder otherwise

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
    """The last lines of a stream; empty if nothing was written, or the stream is gone.

    Raises:
        botocore.exceptions.ClientError: no permission.
    """
    try:
        found = logs.get_log_events(logGroupName=group, logStreamName=stream, limit=most, startFromHead=False)
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"].rstrip() for event in found["events"]]
