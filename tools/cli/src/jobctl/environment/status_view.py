"""The state of an environment as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from jobctl.environment.paused import paused_notice
from jobctl.environment.status import EnvironmentStatus, ServiceStatus
from jobctl.views.console import heading, plain_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobctl.environment.queue_depth import QueueDepth

SHORT_DIGEST = 19
"""`sha256:` and twelve digits."""


def status_view(environment: EnvironmentStatus) -> RenderableType:
    """The tables."""
    return Group(
        heading(f"{environment.target}, account {environment.account}, {environment.region}"),
        _services(environment.services),
        *(
            Text(paused_notice(one.name, one.paused), style="yellow")
            for one in environment.services
            if one.paused is not None
        ),
        heading("Images"),
        _images(environment.services),
        heading("Queues"),
        _queues(environment.services),
        heading("Alarms"),
        Text("\n".join(environment.alarms), style="bold red") if environment.alarms else Text("none", style="green"),
        heading("Links"),
        links_view(environment.links),
    )


def links_view(links: Mapping[str, str]) -> RenderableType:
    """A line each; printed with `soft_wrap`, a link is copied whole."""
    width = max(map(len, links), default=0)
    return Text("\n".join(f"{name:{width}}  {place}" for name, place in links.items()))


def _services(services: tuple[ServiceStatus, ...]) -> RenderableType:
    table = plain_table("service", ("running", "right"), ("wanted", "right"), ("starting", "right"), "last deployment")
    for one in services:
        style = "" if one.running == one.wanted else "yellow"
        last = f"{one.deployment} {one.deployed_at}" if one.deployment else "-"
        table.add_row(one.name, Text(str(one.running), style=style), str(one.wanted), str(one.pending), last)
    return table


def _images(services: tuple[ServiceStatus, ...]) -> RenderableType:
    table = plain_table("service", "container", "version", "digest")
    for service in services:
        for image in service.images:
            table.add_row(
                service.name, image.container, image.tag or "-", image.digest[:SHORT_DIGEST] or image.reference
            )
    return table


def _queues(services: tuple[ServiceStatus, ...]) -> Table:
    table = plain_table(
        "queue", ("waiting", "right"), ("in flight", "right"), ("delayed", "right"), ("oldest", "right")
    )
    for service in services:
        _queue(table, service.queue, "")
        _queue(table, service.dead_letters, "yellow" if service.dead_letters.waiting else "")
    return table


def _queue(table: Table, depth: QueueDepth, style: str) -> None:
    oldest = "-" if depth.oldest_seconds is None else f"{depth.oldest_seconds:.0f} s"
    waiting = Text(str(depth.waiting), style=style)
    table.add_row(depth.name, waiting, str(depth.in_flight), str(depth.delayed), oldest)
