"""The state of a stack, read for `jobctl status` (all of it, once) and `jobctl watch` (in parts, repeatedly).

Both use the same readers: ECS for tasks, SQS for depths, CloudWatch for alarms and the age of the oldest message, the collector's events for attempts
and slots. Only `read_status` looks into the dead-letter queues; nothing else here receives a message. Any thread may call these functions.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobctl.dead_letters.queues import queues_of
from jobctl.environment.paused import BeforePause, read_paused
from jobctl.environment.queue_depth import QueueDepth, queue_depth
from jobctl.environment.status import EnvironmentStatus, active_alarms, read_environment
from jobctl.queries.dead_letters import peek
from jobctl.queries.metric_events import Attempts, Slots, read_attempts, read_slots
from jobctl.queries.services import describe_services
from jobctl.queries.tasks import read_alive
from jobqueue.sqs.queue import queue_name

if TYPE_CHECKING:
    from jobctl.session import Session
    from jobqueue.client.stack import StackService

__all__ = [
    "Dead",
    "Depths",
    "Pause",
    "Status",
    "TaskCounts",
    "active_alarms",
    "read_depths",
    "read_pauses",
    "read_status",
    "read_task_counts",
]

WINDOW_MINUTES = 15
MAX_LETTERS = 1000
"""Letters of each dead-letter queue that are read for their reasons."""


@dataclass(frozen=True)
class Dead:
    """Letters of one queue with one reason, among the first `MAX_LETTERS`."""

    queue: str
    reason: str
    count: int


@dataclass(frozen=True)
class Status:
    """The answer, as --json prints it. `attempts`: those that ended in the last 15 minutes, by queue; `slots`: now, by service. Queues and services
    without figures are left out.
    """

    environment: EnvironmentStatus
    attempts: list[Attempts]
    slots: dict[str, Slots]
    dead: list[Dead]


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """One ECS service's tasks."""

    wanted: int
    running: int
    pending: int


@dataclass(frozen=True, slots=True)
class Pause:
    """A paused service: its former values, and how many of its tasks have not ended."""

    former: BeforePause
    left: int


@dataclass(frozen=True, slots=True)
class Depths:
    """One service's queue, and its dead-letter queue."""

    queue: QueueDepth
    dead: QueueDepth


def read_status(session: Session) -> Status:
    """The state of the stack now. Looks into the dead-letter queues that have letters."""
    stack = session.stack
    logs, metrics, now_ms = session.client("logs"), stack.log_groups["metrics"], int(time.time() * 1000)
    attempts = read_attempts(logs, metrics, now_ms - WINDOW_MINUTES * 60_000)
    slots = read_slots(logs, metrics, now_ms)
    environment = read_environment(session.target, stack)
    return Status(
        environment=environment,
        attempts=[attempts[name] for one in stack.services.values() if (name := queue_name(one.queue_url)) in attempts],
        slots={
            name: slots[queue] for name, one in stack.services.items() if (queue := queue_name(one.queue_url)) in slots
        },
        dead=_dead(session, [one.name for one in environment.services if one.dead_letters.waiting]),
    )


def read_task_counts(session: Session) -> dict[str, TaskCounts]:
    """Task counts by service; one DescribeServices for ten services. A service that ECS does not know is left out."""
    stack = session.stack
    names = [one.ecs_service for one in stack.services.values()]
    found = describe_services(session.client("ecs"), stack.cluster, names)
    return {
        name: TaskCounts(described["desiredCount"], described["runningCount"], described["pendingCount"])
        for name, service in stack.services.items()
        if (described := found.get(service.ecs_service)) is not None
    }


def read_pauses(session: Session) -> dict[str, Pause]:
    """The paused services, by name; one GetParameter, and the calls that list the tasks of each.

    Raises:
        botocore.exceptions.ClientError: no permission.
        CommandError: the parameter holds something else.
    """
    stack, ecs = session.stack, session.client("ecs")
    paused = read_paused(session.client("ssm"), stack.paused_parameter)
    return {
        name: Pause(former, len(read_alive(ecs, stack.cluster, [stack.services[name].ecs_service])))
        for name, former in paused.items()
        if name in stack.services
    }


def read_depths(session: Session) -> dict[str, Depths]:
    """Depths by service; two GetQueueAttributes for each. Counts are SQS's approximations, without ages."""
    return {name: _depths(session, service) for name, service in session.stack.services.items()}


def _depths(session: Session, service: StackService) -> Depths:
    return Depths(queue_depth(session.client, service.queue_url), queue_depth(session.client, service.dead_letter_url))


def _dead(session: Session, services: Collection[str]) -> list[Dead]:
    dead: list[Dead] = []
    for queue in queues_of(session.stack, session.client("sqs"), services) if services else ():
        with peek(queue, most=MAX_LETTERS) as letters:
            reasons = Counter(letter.reason for letter in letters)
        dead += [Dead(queue.name, reason, count) for reason, count in reasons.most_common()]
    return dead
