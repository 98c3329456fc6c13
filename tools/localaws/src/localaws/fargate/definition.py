"""The parts of a registered task definition that decide what runs.

`localaws.fargate.reading` makes them from what ECS describes. The meaning and the default of each field:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Condition = Literal["START", "COMPLETE", "SUCCESS", "HEALTHY"]


@dataclass(frozen=True)
class HealthCheck:
    """A container's health check. Times in seconds."""

    command: tuple[str, ...]
    interval: int = 30
    timeout: int = 5
    retries: int = 3
    start_period: int = 0


@dataclass(frozen=True)
class Dependency:
    """The condition that another container must meet before this one starts; at the stop this one ends first."""

    container: str
    condition: Condition


@dataclass(frozen=True)
class RestartPolicy:
    """A container that ended is started again, unless its exit code is ignored or it ran for less than the attempt period."""

    attempt_period: int = 300
    """Seconds."""
    ignored_exit_codes: tuple[int, ...] = ()


@dataclass(frozen=True)
class LogConfiguration:
    """Where the container's output goes. Kept for a forwarder: nothing of it is rendered."""

    driver: str
    options: Mapping[str, str]


@dataclass(frozen=True)
class Tmpfs:
    """Memory as a folder. Size in MiB."""

    path: str
    size: int
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ulimit:
    """One limit of the processes in a container."""

    name: str
    soft: int
    hard: int


@dataclass(frozen=True)
class Container:
    """One container of a task."""

    name: str
    image: str
    essential: bool = True
    cpu: int = 0
    """1,024 are one core; a share of the task's."""
    memory: int | None = None
    """MiB; None: as much as the task has."""
    memory_reservation: int | None = None
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    working_directory: str | None = None
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Name of the variable -> `valueFrom`."""
    read_only: bool = False
    init: bool = False
    added_capabilities: tuple[str, ...] = ()
    dropped_capabilities: tuple[str, ...] = ()
    tmpfs: tuple[Tmpfs, ...] = ()
    ulimits: tuple[Ulimit, ...] = ()
    health_check: HealthCheck | None = None
    depends_on: tuple[Dependency, ...] = ()
    stop_timeout: int = 30
    """Seconds from SIGTERM to SIGKILL; 30 is Fargate's default."""
    restart_policy: RestartPolicy | None = None
    logs: LogConfiguration | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    terminal: bool = False
    interactive: bool = False


@dataclass(frozen=True)
class TaskDefinition:
    """What runs together as one task."""

    arn: str
    family: str
    revision: int
    cpu: int
    """1,024 are one core."""
    memory: int
    """MiB."""
    containers: tuple[Container, ...]
    task_role: str | None = None
    execution_role: str | None = None
    architecture: str = "X86_64"
    """Of the registered images. Not rendered: the local images are the machine's own."""

    @property
    def worker(self) -> Container:
        """The first essential container: what the task is for."""
        return next(container for container in self.containers if container.essential)

    def container(self, name: str) -> Container:
        """The container of that name; KeyError where there is none."""
        for container in self.containers:
            if container.name == name:
                return container
        raise KeyError(name)
