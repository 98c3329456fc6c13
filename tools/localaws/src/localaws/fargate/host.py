"""Interface to the surroundings of tasks, implemented by whoever joins the parts (`devkit.local_stack`).

Called from the tasks' threads and from the scheduler's.
"""

from __future__ import annotations

from typing import Protocol

from localaws.fargate.compose import Additions
from localaws.fargate.definition import Container, TaskDefinition
from localaws.fargate.view import TaskView


class Host(Protocol):
    """The surroundings of tasks. Called from the tasks' threads, several at once; `protected` and `tell` also from the scheduler's."""

    def prepare(self, task_id: str, service: str, definition: TaskDefinition) -> Additions:
        """Endpoints, credentials, images and secrets of a task that is about to start. May block and may raise: the task then stops with
        "ResourceInitializationError: ..." and is tried again as any other."""

    def container_started(self, task: TaskView, container: Container, container_id: str, at: float) -> None:
        """A container runs, for the first time or again (same id; `at` is the engine's clock, seconds since 1970). Its output can be followed.
        The task's view is from before it. Must not block."""

    def task_ended(self, task: TaskView) -> None:
        """All containers have ended and are about to be removed: read their output to the end before this returns."""

    def task_gone(self, task_id: str) -> None:
        """The task is STOPPED. Called once for each `prepare`, also for one that raised."""

    def protected(self, task_id: str) -> bool:
        """Whether the task has asked the agent for protection from scale-in and deployments. Must not block."""

    def tell(self, text: str) -> None:
        """Report an error that is tried again, to be shown to the user. Must not block."""
