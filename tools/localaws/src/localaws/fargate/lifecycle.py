"""Rules by which a task reacts to events of its containers.

    an essential container ends             the task stops
    a container with a restart policy ends  it starts again if it ran for the attempt period, essential or not; else as above
    an essential container is unhealthy     the task is unhealthy; its service replaces it, which is not decided here

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-restart-policy.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from localaws.fargate.containers import OUT_OF_MEMORY, Event, Found, Happened
from localaws.fargate.definition import HOLDER, Container, TaskDefinition
from localaws.fargate.view import ESSENTIAL_EXITED, ContainerView, Health, State, Why


@dataclass(frozen=True)
class Restart:
    """This container is to be started again."""

    container: str


Reaction = Restart | Why | None
"""What is to be done now; a `Why` stops the task."""

_HEALTH = {Happened.HEALTHY: Health.HEALTHY, Happened.UNHEALTHY: Health.UNHEALTHY}


class Lifecycle:
    """The containers of one task. The same event told twice changes nothing."""

    def __init__(self, definition: TaskDefinition) -> None:
        self._definition = definition
        self._containers = {
            one.name: ContainerView(one.name, one.image, one.essential) for one in definition.containers
        }
        self._holder_runs = False

    def take(self, event: Event) -> Reaction:
        """The action that an event requires, if any."""
        if event.container == HOLDER:
            return self._holder(event)
        if event.container not in self._containers:
            return None
        now = self._containers[event.container]
        if event.happened is Happened.STARTED:
            self._started(now, event)
        elif event.happened is Happened.ENDED:
            return self._ended(now, event)
        elif now.state is State.RUNNING:
            self._put(replace(now, health=_HEALTH[event.happened]))
        return None

    def note(self, found: Found) -> None:
        """Record the engine's final state of a container: it is exact, and an event may have been missed."""
        now = self._containers.get(found.name)
        if now is None or not found.started_at:
            return
        how: dict[str, Any] = {"reason": OUT_OF_MEMORY} if found.out_of_memory else {}
        if not found.running:
            how |= {"exit_code": found.exit_code, "stopped_at": found.ended_at, "state": State.STOPPED}
        self._put(replace(now, container_id=found.container_id, started_at=found.started_at, **how))

    def close(self) -> None:
        """Mark containers that never started as stopped, without an exit code; no event follows."""
        for container in self.containers():
            self._put(replace(container, state=State.STOPPED))

    def containers(self) -> tuple[ContainerView, ...]:
        """All of them, in the definition's order."""
        return tuple(self._containers.values())

    def health(self) -> Health:
        """The essential containers' that have a health check, taken together."""
        asked = [one for one in self._definition.containers if one.essential and one.has_health_check]
        states = {self._containers[one.name].health for one in asked}
        if Health.UNHEALTHY in states:
            return Health.UNHEALTHY
        return Health.HEALTHY if states == {Health.HEALTHY} else Health.UNKNOWN

    def _started(self, now: ContainerView, event: Event) -> None:
        if now.state is State.RUNNING or (now.stopped_at is not None and event.at <= now.stopped_at):
            return
        again = now.state is State.STOPPED
        self._put(
            replace(
                now,
                state=State.RUNNING,
                health=Health.UNKNOWN,
                container_id=event.container_id,
                started_at=event.at,
                stopped_at=None,
                exit_code=None,
                restarts=now.restarts + again,
            )
        )

    def _ended(self, now: ContainerView, event: Event) -> Reaction:
        if now.state is not State.RUNNING:
            return None
        assert now.started_at is not None
        self._put(
            replace(now, state=State.STOPPED, stopped_at=event.at, exit_code=event.exit_code, health=Health.UNKNOWN)
        )
        if may_restart(self._definition.container(now.name), event.exit_code, event.at - now.started_at):
            return Restart(now.name)
        return ESSENTIAL_EXITED if now.essential else None

    def _holder(self, event: Event) -> Reaction:
        if event.happened is Happened.STARTED:
            self._holder_runs = True
        elif event.happened is Happened.ENDED and self._holder_runs:
            self._holder_runs = False
            return ESSENTIAL_EXITED  # without it the others have no network
        return None

    def _put(self, container: ContainerView) -> None:
        self._containers[container.name] = container


def may_restart(container: Container, exit_code: int | None, ran_seconds: float) -> bool:
    """ECS's rule: what ended before the attempt period is over is not started again."""
    policy = container.restart_policy
    return policy is not None and exit_code not in policy.ignored_exit_codes and ran_seconds >= policy.attempt_period
