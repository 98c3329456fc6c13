"""Labels by which a task's containers are found, by other processes too."""

from __future__ import annotations

import re
from dataclasses import dataclass

PROJECT = "localaws.project"
SERVICE = "localaws.service"
TASK = "localaws.task"
DEFINITION = "localaws.definition"
CONTAINER = "localaws.container"


@dataclass(frozen=True)
class Labels:
    """Which task a container belongs to. `project` tells one local stack from another."""

    project: str
    service: str
    task_id: str
    definition: str

    @property
    def compose_project(self) -> str:
        """One for each task. Compose takes a-z, 0-9, - and _."""
        wished = f"{self.project}-{self.service}-{self.task_id[:12]}".lower()
        return re.sub(r"[^a-z0-9_-]", "-", wished).lstrip("-_")

    def of(self, container: str) -> dict[str, str]:
        """The labels of one container."""
        return {
            PROJECT: self.project,
            SERVICE: self.service,
            TASK: self.task_id,
            DEFINITION: self.definition,
            CONTAINER: container,
        }


def of_project(project: str) -> str:
    """The filter that finds all containers of a project."""
    return f"label={PROJECT}={project}"
