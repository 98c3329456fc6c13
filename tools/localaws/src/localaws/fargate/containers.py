"""Containers of tasks in Docker, found by their labels, so also those that another process left; and their events."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from localaws.docker import Docker, DockerFailed

PROJECT = "localaws.project"
SERVICE = "localaws.service"
TASK = "localaws.task"
DEFINITION = "localaws.definition"
CONTAINER = "localaws.container"
ANSWER_SECONDS = 60.0
ROUNDS = 5
"""Of removing: a Compose command that outlived its tool may make a container while we look."""
AGAIN_SECONDS = 0.5
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"


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


class Happened(Enum):
    """Kinds of events that a task acts on."""

    STARTED = "start"
    ENDED = "die"
    HEALTHY = "health_status: healthy"
    UNHEALTHY = "health_status: unhealthy"


@dataclass(frozen=True)
class Event:
    """One moment of one container."""

    task_id: str
    container: str
    container_id: str
    happened: Happened
    at: float
    """Seconds since 1970, by the engine's clock."""
    exit_code: int | None = None


def read_event(line: str) -> Event | None:
    """From a line of `docker events --format {{json .}}`; None for what no task acts on."""
    said: dict[str, Any] = json.loads(line)
    labels = said["Actor"]["Attributes"]
    try:
        happened = Happened(said["Action"])
        task_id, container = labels[TASK], labels[CONTAINER]
    except (KeyError, ValueError):
        return None
    code = int(labels["exitCode"]) if happened is Happened.ENDED else None
    return Event(task_id, container, said["Actor"]["ID"], happened, said["timeNano"] / 1e9, code)


@dataclass(frozen=True)
class Found:
    """A container that exists."""

    container_id: str
    task_id: str
    service: str
    name: str
    """Its name in the task definition."""
    running: bool
    started_at: float
    """Seconds since 1970, by the engine's clock; 0 if it never was."""
    ended_at: float
    exit_code: int
    out_of_memory: bool
    health: str | None
    """Docker's word: starting, healthy, unhealthy."""

    def events(self) -> list[Event]:
        """The events that lead to the container's present state."""
        told = []
        if self.started_at:
            told.append(self._event(Happened.STARTED, self.started_at))
        if self.started_at and not self.running:
            told.append(self._event(Happened.ENDED, self.ended_at, self.exit_code))
        elif self.health in ("healthy", "unhealthy"):
            told.append(self._event(Happened(f"health_status: {self.health}"), self.started_at))
        return told

    def _event(self, happened: Happened, at: float, exit_code: int | None = None) -> Event:
        return Event(self.task_id, self.name, self.container_id, happened, at, exit_code)


def find_containers(docker: Docker, project: str, *more: str) -> list[Found]:
    """Those of a project; `more` are further filters of `docker ps`, such as `label=localaws.task=...`.

    Raises:
        NoDocker, DockerFailed: as `Docker.run`.
    """
    ids = _ids(docker, project, *more)
    if not ids:
        return []
    try:
        said = docker.run("inspect", "--type=container", *ids, timeout=ANSWER_SECONDS)
    except DockerFailed:
        ids = _ids(docker, project, *more)  # one went in between
        said = docker.run("inspect", "--type=container", *ids, timeout=ANSWER_SECONDS) if ids else "[]"
    return [_found(one) for one in json.loads(said)]


def remove_all(docker: Docker, project: str) -> int:
    """Kills and removes every container of a project, whoever started it; gives their number. Nothing else is ever made.

    Raises:
        NoDocker, DockerFailed: as `Docker.run`.
    """
    removed: set[str] = set()
    for left in reversed(range(ROUNDS)):
        ids = _ids(docker, project)
        if not ids:
            break
        removed |= set(ids)
        try:
            docker.run("rm", "--force", "--volumes", *ids, timeout=ANSWER_SECONDS)
        except DockerFailed:  # somebody else may be removing one of them at this moment
            if not left:
                raise
            time.sleep(AGAIN_SECONDS)
    return len(removed)


def _ids(docker: Docker, project: str, *more: str) -> list[str]:
    filters = [f"--filter={one}" for one in (of_project(project), *more)]
    return docker.run("ps", "--all", "--quiet", "--no-trunc", *filters, timeout=ANSWER_SECONDS).split()


def _found(said: dict[str, Any]) -> Found:
    state, labels = said["State"], said["Config"]["Labels"]
    return Found(
        container_id=said["Id"],
        task_id=labels[TASK],
        service=labels[SERVICE],
        name=labels[CONTAINER],
        running=state["Running"],
        started_at=_seconds(state["StartedAt"]),
        ended_at=_seconds(state["FinishedAt"]),
        exit_code=state["ExitCode"],
        out_of_memory=state["OOMKilled"],
        health=(state.get("Health") or {}).get("Status"),
    )


def _seconds(said: str) -> float:
    """Docker's "never" is the year 1; its nanoseconds are three digits more than Python reads."""
    if said.startswith("0001-"):
        return 0.0
    moment, _, rest = said.partition(".")
    digits = rest.rstrip("Z")[:6].ljust(6, "0")
    return datetime.fromisoformat(f"{moment.rstrip('Z')}.{digits}+00:00").timestamp()
