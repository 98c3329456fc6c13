"""Views of tasks, as Rich renderables for 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from jobctl.views.attempts_view import SHORT_TASK
from jobctl.views.console import plain_table
from jobctl.views.visible import one_line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from jobctl.queries.tasks import Task, TaskContainer

KILLED = 137
MEANINGS = {
    0: "drained",
    1: "it crashed; see `jobctl tasks ID`",
    64: "its settings are wrong",
    69: "a queue or the job log's group cannot be used",
    70: "its handlers hang",
}
"""Exit codes of a worker (docs/architecture.md)."""
OF_ANY = {KILLED: "killed: out of memory, or its stop timeout passed", 143: "ended by SIGTERM"}


def meaning(service: str, container: TaskContainer) -> str:
    """How a container ended, in words: `70, its handlers hang`."""
    if container.exit_code is None:
        return container.reason or "did not start"
    known = (MEANINGS if container.name == service else {}) | OF_ANY
    parts = (str(container.exit_code), known.get(container.exit_code, ""), container.reason)
    return ", ".join(part for part in parts if part)


def running_view(tasks: Sequence[Task], time_of: Callable[[float], str], offset: str) -> RenderableType:
    """The tasks that run or start."""
    table = plain_table("service", "task", "status", f"at {offset}", "version")
    for one in tasks:
        status = f"{one.status} {one.health}".strip()
        table.add_row(
            one.service,
            one.task_id[:SHORT_TASK],
            status,
            _time(one.started_ms, time_of),
            one.version,
            style=_style(one),
        )
    return table


def ended_view(tasks: Sequence[Task], time_of: Callable[[float], str], offset: str) -> RenderableType:
    """The tasks that ended: ECS's reason, and how each container ended."""
    table = plain_table("service", "task", f"at {offset}", "why")
    for one in tasks:
        why = [one.reason or one.stop_code or "no reason yet"]
        why += [f"{container.name}: {meaning(one.service, container)}" for container in one.containers]
        at = _time(one.stopped_ms, time_of)
        table.add_row(
            one.service, one.task_id[:SHORT_TASK], at, "\n".join(one_line(part) for part in why), style=_style(one)
        )
    return table


def _time(at_ms: int | None, time_of: Callable[[float], str]) -> str:
    return "-" if at_ms is None else time_of(at_ms)


def _style(task: Task) -> str:
    return "yellow" if task.failed or task.health == "UNHEALTHY" else ""
