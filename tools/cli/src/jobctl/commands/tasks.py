"""`jobctl tasks [TASK]`: tasks that run, why others ended, and the end of one task's output."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from jobctl.cli import cli_of
from jobctl.duration import ago_ms
from jobctl.errors import NotFoundError, UsageError
from jobctl.queries.container_log import ContainerLog, container_logs
from jobctl.queries.services import describe_service
from jobctl.queries.tasks import Task, read_ended, read_tasks
from jobctl.queries.times import clock_time, day_time, local_time, offset_at
from jobctl.views.console import heading
from jobctl.views.tasks_view import ended_view, meaning, running_view
from jobctl.views.visible import one_line

if TYPE_CHECKING:
    from jobctl.cli import Cli

DAY_MS = 86_400_000
MAX_EVENTS = 3
"""Events of a service that are shown; ECS keeps the last 100."""
_OF_SERVICE = re.compile(r"^\(service \S+?\) ")
"""The beginning of each event's message."""


@dataclass(frozen=True)
class ServiceEvent:
    """An event of an ECS service. `at_ms` in milliseconds since 1970."""

    at_ms: int
    message: str


@dataclass(frozen=True)
class ServiceTasks:
    """A service's task counts, and its last ECS events, the newest first."""

    service: str
    desired: int
    running: int
    pending: int
    events: list[ServiceEvent]


@dataclass(frozen=True)
class Tasks:
    """The answer, as --json prints it."""

    services: list[ServiceTasks]
    running: list[Task]
    ended: list[Task]


@dataclass(frozen=True)
class OneTask:
    """The answer about one task."""

    task: Task
    logs: list[ContainerLog]


def run(
    ctx: typer.Context,
    task: Annotated[
        str | None, typer.Argument(help="A task's id, or its beginning: shows that task and its last output.")
    ] = None,
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    since: Annotated[str, typer.Option(help="How far back to look for tasks that ended: 90s, 15m, 2h, 3d.")] = "1h",
) -> None:
    """List running tasks, and why others ended; or show one task and its last output."""
    cli, since_ms = cli_of(ctx), ago_ms(since)
    services = {name: one.ecs_service for name, one in cli.session.stack.named(service).items()}
    with cli.output.progress("reading the tasks"):
        tasks = _read(cli, services, since_ms)
        one = None if task is None else _one(cli, tasks, task.strip().lower(), since_ms)
    if one is None:
        cli.output.show(_view(tasks, since_ms), tasks)
    else:
        cli.output.show(_view_of(one), one)


def _read(cli: Cli, services: Mapping[str, str], since_ms: int) -> Tasks:
    stack, ecs = cli.session.stack, cli.session.client("ecs")
    return Tasks(
        services=[_service(ecs, stack.cluster, name, service) for name, service in services.items()],
        running=read_tasks(ecs, stack.cluster, services),
        ended=read_ended(ecs, cli.session.client("logs"), stack.cluster, services, stack.log_groups["ecs"], since_ms),
    )


def _service(ecs: Any, cluster: str, name: str, service: str) -> ServiceTasks:
    described = describe_service(ecs, cluster, service)
    events = [
        ServiceEvent(round(one["createdAt"].timestamp() * 1000), one["message"])
        for one in described.get("events", ())[:MAX_EVENTS]
    ]
    return ServiceTasks(name, described["desiredCount"], described["runningCount"], described["pendingCount"], events)


def _one(cli: Cli, tasks: Tasks, prefix: str, since_ms: int) -> OneTask:
    found = {one.task_id: one for one in [*tasks.ended, *tasks.running] if one.task_id.startswith(prefix)}
    if not found:
        stack = cli.session.stack
        raise NotFoundError(
            f"No task's id begins with {prefix!r}.\n  looked at the tasks of cluster {stack.cluster}\n"
            f"  and at ECS's events since {local_time(since_ms)} in log group {stack.log_groups['ecs']}",
            "`jobctl tasks` lists them; --since 1d looks further back",
        )
    if len(found) > 1:
        raise UsageError(f"{len(found)} tasks begin with {prefix!r}: {', '.join(found)}.", "write more of the id")
    (task,) = found.values()
    ecs, logs = cli.session.client("ecs"), cli.session.client("logs")
    return OneTask(task, container_logs(ecs, logs, task.version, task.task_id))


def _view(tasks: Tasks, since_ms: int) -> RenderableType:
    offset = offset_at(since_ms)
    days = [one.started_ms for one in tasks.running if one.started_ms and one.started_ms < since_ms - DAY_MS]
    over_days = day_time if days else clock_time
    parts: list[RenderableType] = [heading("Running"), _service_lines(tasks.services)]
    if tasks.running:
        parts.append(running_view(tasks.running, over_days, offset))
    parts.append(heading(f"Ended since {local_time(since_ms)}"))
    parts.append(ended_view(tasks.ended, day_time, offset) if tasks.ended else Text("none", style="green"))
    return Group(*parts)


def _service_lines(services: Sequence[ServiceTasks]) -> Text:
    lines = Text()
    for one in services:
        style = "" if one.running == one.desired else "yellow"
        lines.append(
            f"{one.service}: {one.running} running, {one.desired} wanted, {one.pending} starting\n", style=style
        )
        for event in one.events:
            lines.append(f"  {day_time(event.at_ms)}  {one_line(_OF_SERVICE.sub('', event.message))}\n", style="dim")
    return lines


def _view_of(one: OneTask) -> RenderableType:
    task = one.task
    times = ((word, at) for word, at in (("started", task.started_ms), ("ended", task.stopped_ms)) if at is not None)
    facts = [
        ("task", task.task_id),
        ("service", task.service),
        ("version", task.version),
        ("status", f"{task.status} {task.health}".strip()),
        *((word, local_time(at)) for word, at in times),
    ]
    if task.stopped_ms is not None:
        facts.append(("why", ", ".join(part for part in (task.stop_code, task.reason) if part)))
        facts += [(container.name, meaning(task.service, container)) for container in task.containers]
    parts: list[RenderableType] = [Text(f"{name:15} {one_line(value)}") for name, value in facts]
    for log in one.logs:
        parts.append(heading(f"Last output of {log.container}"))
        if log.group:
            parts.append(Text(f"log group {log.group}, stream {log.stream}", style="dim"))
        parts.append(Text("\n".join(log.lines) or "(none)"))
    return Group(*parts)
