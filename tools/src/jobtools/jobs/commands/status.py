"""What is going on? `jobs status`: services, queues, rates, dead letters by reason, alarms. Layer: tools, main thread."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from jobqueue.sqs.queue import queue_name
from jobtools.deploy.info import standing_view
from jobtools.deploy.service_deployment import deployments
from jobtools.deploy.standing import Standing, read_standing
from jobtools.jobs.call import call_of
from jobtools.jobs.repair.views import reason_shown
from jobtools.jobs.screen import local_time
from jobtools.look.dead_letters import read_dead_letters
from jobtools.look.metric_events import Attempts, read_attempts
from jobtools.look.screen import heading, plain_table

if TYPE_CHECKING:
    from jobtools.jobs.call import Call

WINDOW_MINUTES = 15
MOST_LETTERS = 1000
"""How many letters of each dead-letter queue are looked at for their reasons."""


@dataclass(frozen=True)
class Dead:
    """Letters of one queue with one reason, among the first `MOST_LETTERS`."""

    queue: str
    reason: str
    count: int


@dataclass(frozen=True)
class Status:
    """The answer, as --json gives it. `attempts`: those that ended in the last 15 minutes, by queue; a queue without a figure is not in it."""

    standing: Standing
    attempts: list[Attempts]
    dead: list[Dead]


def run(ctx: typer.Context) -> None:
    """What is going on: services, queues, jobs a minute, dead letters, alarms."""
    call = call_of(ctx)
    with call.screen.working(f"look at {call.session.stack.name}"):
        status = read_status(call)
    call.screen.show(_view(status), status)


def read_status(call: Call) -> Status:
    """As it is now.

    Raises:
        botocore.exceptions.ClientError: no permission, or something is gone.
    """
    stack = call.session.stack
    since_ms = int(time.time() * 1000) - WINDOW_MINUTES * 60_000
    attempts = read_attempts(call.session.client("logs"), stack.log_groups["metrics"], since_ms)
    return Status(
        standing=_with_local_times(call, read_standing(call.session.target, stack.outputs())),
        attempts=[attempts[name] for one in stack.services.values() if (name := queue_name(one.queue_url)) in attempts],
        dead=[dead for one in stack.services.values() for dead in _dead(call, one.dead_letter_url)],
    )


def _with_local_times(call: Call, standing: Standing) -> Standing:
    return replace(
        standing, services=tuple(replace(one, deployed_at=_deployed_at(call, one.name)) for one in standing.services)
    )


def _deployed_at(call: Call, service: str) -> str:
    stack = call.session.stack
    last = next(deployments(call.session.client("ecs"), stack.cluster, stack.services[service].ecs_service), None)
    return "" if last is None else local_time((last.finished_at or last.created_at).timestamp() * 1000)


def _dead(call: Call, url: str) -> list[Dead]:
    letters = read_dead_letters(call.session.client("sqs"), url, most=MOST_LETTERS)
    counted = Counter(letter.reason for letter in letters)
    return [Dead(queue_name(url), reason, count) for reason, count in counted.most_common()]


def _view(status: Status) -> RenderableType:
    return Group(
        standing_view(status.standing),
        heading(f"Attempts that ended in the last {WINDOW_MINUTES} minutes"),
        _rates(status.attempts),
        heading("Dead letters"),
        _letters(status.dead),
    )


def _rates(attempts: list[Attempts]) -> RenderableType:
    if not attempts:
        return Text("no figure: no service has worked, or no collector has sent", style="dim")
    table = plain_table(
        "queue", ("done a minute", "right"), ("done", "right"), ("tried again", "right"), ("rejected", "right")
    )
    for one in attempts:
        done, again, rejected = one.of("done"), one.of("retry", "release", "leave"), one.of("reject")
        table.add_row(
            one.queue,
            f"{done / WINDOW_MINUTES:.1f}",
            str(done),
            Text(str(again), style="yellow" if again else ""),
            Text(str(rejected), style="red" if rejected else ""),
        )
    return table


def _letters(dead: list[Dead]) -> RenderableType:
    if not dead:
        return Text("none", style="green")
    table = plain_table("queue", "reason", ("count", "right"))
    for one in dead:
        table.add_row(one.queue, Text(reason_shown(one.reason), style="yellow"), str(one.count))
    return table
