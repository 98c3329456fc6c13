"""State of one environment: services, images, queues and alarms, read from ECS, SQS, CloudWatch and the registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobctl.environment import console
from jobctl.environment.image_tags import image_tags
from jobctl.environment.images import images_of
from jobctl.environment.paused import BeforePause, paused_services
from jobctl.environment.queue_depth import QueueDepth, queue_depth
from jobctl.environment.service_deployment import deployments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jobctl.environment.target import Outputs, Target


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


def utc(at: datetime) -> str:
    """`2026-11-23 22:45:05`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def read_environment(target: Target, outputs: Outputs, time_text: Callable[[datetime], str] = utc) -> EnvironmentStatus:
    """Read the current state. `time_text` writes times."""
    paused = paused_services(target, outputs)
    services = tuple(
        _service(target, outputs, name, paused.get(name), time_text) for name in sorted(outputs["services"])
    )
    alarms = active_alarms(target)
    return EnvironmentStatus(
        target.name, target.account, target.region, services, alarms, _links(target, outputs, alarms)
    )


def _links(target: Target, outputs: Outputs, alarms: Sequence[str]) -> dict[str, str]:
    cluster, services = outputs["ecs_cluster_name"], sorted(outputs["services"].items())
    links = {}
    if outputs.get("cloudwatch_dashboard_name"):
        links["dashboard"] = console.dashboard(target, outputs["cloudwatch_dashboard_name"])
    links |= {f"alarm {name}": console.alarm(target, name) for name in alarms}
    return links | {name: console.service_page(target, cluster, one["ecs_service_name"]) for name, one in services}


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


def _service(
    target: Target, outputs: Outputs, name: str, paused: BeforePause | None, time_text: Callable[[datetime], str]
) -> ServiceStatus:
    ecs, cluster, service = target.clients("ecs"), outputs["ecs_cluster_name"], outputs["services"][name]
    (found,) = ecs.describe_services(cluster=cluster, services=[service["ecs_service_name"]])["services"]
    last = next(deployments(ecs, cluster, service["ecs_service_name"]), None)
    when = (last.finished_at or last.created_at) if last else None
    references = images_of(ecs, name, found["taskDefinition"])
    return ServiceStatus(
        name=name,
        wanted=found["desiredCount"],
        running=found["runningCount"],
        pending=found["pendingCount"],
        task_definition=found["taskDefinition"],
        images=tuple(RunningImage(one, reference, _tag(target, reference)) for one, reference in references.items()),
        deployment=last.status if last else "",
        deployed_at=time_text(when) if when else "",
        queue=queue_depth(target.clients, service["sqs_queue_url"], with_age=True),
        dead_letters=queue_depth(target.clients, service["sqs_dlq_url"], with_age=True),
        paused=paused,
    )


def _tag(target: Target, reference: str) -> str:
    tags: Any = image_tags(target, reference)
    return tags[0] if tags else ""
