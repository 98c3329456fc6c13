"""Log group and stream of a container's output, as ECS names them.

With `awslogs-stream-prefix`, which Fargate demands, the stream is `prefix-name/container-name/ecs-task-id`:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogDestination:
    """One stream in one group."""

    group: str
    region: str
    stream: str


def log_destination(container: str, options: Mapping[str, str], task_id: str) -> LogDestination:
    """From the options of the awslogs driver.

    Raises:
        KeyError: an option is missing that Fargate demands.
    """
    stream = f"{options['awslogs-stream-prefix']}/{container}/{task_id}"
    return LogDestination(options["awslogs-group"], options["awslogs-region"], stream)
