"""State of one environment: services, images, queues and alarms, read from ECS, SQS, CloudWatch and the registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobctl.environment import console
from jobctl.environment.image_tags import image_tags
from jobctl.environment.images import images_of
from jobctl.environment.paused import BeforePause, read_paused
from jobctl.environment.queue_depth import QueueDepth, queue_depth
from jobctl.environment.service_deployment import deployments
from jobctl.queries.services import describe_service
from jobctl.queries.times import local_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobctl.environment.target import Target
    from jobqueue.client.stack import Stack, StackService


@dataclass(frozen=True)
class RunningImage:
    """`container`: the service's worker, or the collector. `tag`: the tag of its digest; empty where the registry has none."""

    container: str
    reference: str
    tag: str

    @property
    def digest(self) -> str:
        """sha256:..."""
        return self.reference.partition("@")[2]


@dataclass(frozen=True)
class ServiceStatus:
    """One ECS service. `deployment`: the last one's status and when it ended (or began, while it goes on)."""

    name: str
    wanted: int
    running: int
    pending: int
    task_definition: str
    images: tuple[RunningImage, ...]
    deployment: str
    deployed_at: str
    queue: QueueDepth
    dead_letters: QueueDepth
    paused: BeforePause | None = None
    """What it was before `jobctl pause`; None: it is not paused."""


@dataclass(frozen=True)
class EnvironmentStatus:
    """The whole state. `alarms` are the names of those in ALARM; `links`: console links by name."""

    target: str
    account: str
    region: str
    services: tuple[ServiceStatus, ...]
    alarms: tuple[str, ...]
    links: Mapping[str, str] = field(default_factory=dict)


def read_environment(target: Target, stack: Stack) -> EnvironmentStatus:
    """Read the current state.

    Raises:
        NotFoundError: a service of the stack is not in its cluster.
    """
    paused = read_paused(target.clients("ssm"), stack.paused_parameter)
    services = tuple(_service(target, stack.cluster, one, paused.get(one.name)) for one in stack.services.values())
    alarms = active_alarms(target)
    return EnvironmentStatus(
        target.name, target.account, target.region, services, alarms, _links(target, stack, alarms)
    )


def _links(target: Target, stack: Stack, alarms: Sequence[str]) -> dict[str, str]:
    links = {"dashboard": console.dashboard(target, stack.dashboard)}
    links |= {f"alarm {name}": console.alarm(target, name) for name in alarms}
    pages = {name: console.service_page(target, stack.cluster, one.ecs_service) for name, one in stack.services.items()}
    return links | pages


def active_alarms(target: Target) -> tuple[str, ...]:
    """Names of the alarms in ALARM, composite ones too. Raises ClientError: no permission."""
    pages = (
        target.clients("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix=f"{target.name}-", StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    )
    found = [one for page in pages for one in [*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ())]]
    # A local AWS takes no notice of StateValue beside a prefix.
    return tuple(sorted(one["AlarmName"] for one in found if one["StateValue"] == "ALARM"))


def _service(target: Target, cluster: str, service: StackService, paused: BeforePause | None) -> ServiceStatus:
    ecs = target.clients("ecs")
    found = describe_service(ecs, cluster, service.ecs_service)
    last = next(deployments(ecs, cluster, service.ecs_service), None)
    when = (last.finished_at or last.created_at) if last else None
    references = images_of(ecs, service.name, found["taskDefinition"])
    return ServiceStatus(
        name=service.name,
        wanted=found["desiredCount"],
        running=found["runningCount"],
        pending=found["pendingCount"],
        task_definition=found["taskDefinition"],
        images=tuple(
            RunningImage(one, reference, (image_tags(target, reference) or [""])[0])
            for one, reference in references.items()
        ),
        deployment=last.status if last else "",
        deployed_at=local_time(when.timestamp() * 1000) if when else "",
        queue=queue_depth(target.clients, service.queue_url, with_age=True),
        dead_letters=queue_depth(target.clients, service.dead_letter_url, with_age=True),
        paused=paused,
    )
