"""Log group and stream of a container's output, as ECS names them.

With `awslogs-stream-prefix`, which Fargate demands, the stream is `prefix-name/container-name/ecs-task-id`:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LogPlace:
    """One stream in one group."""

    group: str
    region: str
    stream: str


def log_place(container: Mapping[str, Any], task_id: str) -> LogPlace | None:
    """The place in a container definition as `ecs.describe_task_definition` gives it; None where its log driver is not awslogs.

    Raises:
        KeyError: an option is missing that Fargate demands.
    """
    configuration = container.get("logConfiguration") or {}
    if configuration.get("logDriver") != "awslogs":
        return None
    options = configuration["options"]
    stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{task_id}"
    return LogPlace(options["awslogs-group"], options["awslogs-region"], stream)
