"""State of a task and its containers at one moment, in ECS's words.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How far a task or a container is (`lastStatus`). ACTIVATING and DEACTIVATING are of load balancers; there are none."""

    PROVISIONING = "PROVISIONING"
    """What it needs is being made; it waits for its turn."""
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    DEPROVISIONING = "DEPROVISIONING"
    """All containers have ended and are being removed."""
    STOPPED = "STOPPED"


class Health(StrEnum):
    """What the health checks say (`healthStatus`)."""

    UNKNOWN = "UNKNOWN"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"


class StopCode(StrEnum):
    """Why a task stopped. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html"""

    TASK_FAILED_TO_START = "TaskFailedToStart"
    ESSENTIAL_CONTAINER_EXITED = "EssentialContainerExited"
    USER_INITIATED = "UserInitiated"
    SERVICE_SCHEDULER_INITIATED = "ServiceSchedulerInitiated"


@dataclass(frozen=True)
class Why:
    """A stop code with ECS's sentence."""

    code: StopCode
    reason: str


ESSENTIAL_EXITED = Why(StopCode.ESSENTIAL_CONTAINER_EXITED, "Essential container in task exited")
FAILED_HEALTH = Why(StopCode.SERVICE_SCHEDULER_INITIATED, "Task failed container health checks")
STOPPED_BY_USER = Why(StopCode.USER_INITIATED, "Task stopped by user")


@dataclass(frozen=True)
class ContainerView:
    """One container of a task."""

    name: str
    image: str
    """As registered."""
    essential: bool
    state: State = State.PENDING
    health: Health = Health.UNKNOWN
    container_id: str | None = None
    """Docker's."""
    exit_code: int | None = None
    """Of its last run, once it has ended."""
    reason: str | None = None
    started_at: float | None = None
    """Seconds since 1970, by the engine's clock."""
    stopped_at: float | None = None
    restarts: int = 0


@dataclass(frozen=True)
class TaskView:
    """A task at one moment."""

    task_id: str
    service: str
    definition_arn: str
    family: str
    revision: int
    state: State
    health: Health
    containers: tuple[ContainerView, ...]
    created_at: float
    """Seconds since 1970, by this machine's clock; so are the next two."""
    started_at: float | None = None
    """When it was RUNNING."""
    stopped_at: float | None = None
    why: Why | None = None
    """Why it stops or has stopped."""
    has_health_check: bool = False
    """Whether an essential container has one."""
    deployment: str = ""
    """Which started it (`startedBy`): `ecs-svc/...`."""

    @property
    def ready(self) -> bool:
        """Whether it is running, and healthy where it has health checks: what a deployment waits for."""
        wanted = Health.HEALTHY if self.has_health_check else Health.UNKNOWN
        return self.state is State.RUNNING and self.health is wanted

    def container(self, name: str) -> ContainerView:
        """The container of that name; KeyError where there is none."""
        for container in self.containers:
            if container.name == name:
                return container
        raise KeyError(name)
