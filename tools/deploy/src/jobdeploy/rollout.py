"""Watch over the service deployments of an apply until ECS says SUCCESSFUL; reads ECS, changes nothing.

What is watched is the deployment of the task definition that was applied, not whether the service is stable: a service whose new version was rolled
back is stable too. A deployment that ended before the first look counts as much as one that ends during the watch, so the watch can be repeated.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jobctl.environment.console import service_page
from jobctl.environment.paused import paused_notice, paused_services
from jobctl.environment.service_deployment import GIVEN_UP, SUCCESSFUL, TAKEN_BACK, ServiceDeployment, find_deployment
from jobctl.errors import CommandError
from jobdeploy.errors import RolledBackError
from jobdeploy.stopped_tasks import last_stopped

if TYPE_CHECKING:
    from jobctl.environment.target import Outputs
    from jobctl.stop import StopSignals
    from jobdeploy.progress import Progress
    from jobdeploy.target import DeployTarget

LIMIT_SECONDS = 1800.0
"""Three tasks that fail one after the other, each after its health check's start period and ECS's throttle, take ECS about ten minutes; so does a
drain of long jobs."""
APPEAR_SECONDS = 60.0
"""ECS's lists lag behind its updates."""
LOOK_SECONDS, LOCAL_LOOK_SECONDS = 5.0, 0.5
_AFTERWARDS = {
    "ROLLBACK_SUCCESSFUL": "The version before runs on.",
    "ROLLBACK_FAILED": "There is no version to go back to, or it does not start either.",
    "STOPPED": "Nothing is started any more.",
}


def watch(
    target: DeployTarget,
    outputs: Outputs,
    services: tuple[str, ...],
    stop: StopSignals,
    progress: Progress,
    *,
    limit_seconds: float = LIMIT_SECONDS,
) -> None:
    """Wait until the deployment of each service's task definition is SUCCESSFUL; `services` are names as in stack/main.tf.

    A paused service is named and not waited for: none of its tasks starts before somebody resumes it.

    Raises:
        RolledBackError: ECS rolled one back or stopped it, and has finished that; with the reason of the last task that stopped, its exit codes
            and last log lines.
        CommandError: one has not ended in time, or never began.
        Stopped: somebody asked us to end; ECS goes on.
    """
    cluster = outputs["ecs_cluster_name"]
    paused = paused_services(target, outputs)
    for name in services:
        if name in paused:
            notice = paused_notice(name, paused[name])
            progress.say(f"  {notice} Its new version is registered, and unproven: none of its tasks is started.")
    services = tuple(name for name in services if name not in paused)
    if not services:
        return
    watched = [
        _Watched(one, outputs["services"][one]["ecs_service_name"], outputs["services"][one]["ecs_task_definition_arn"])
        for one in services
    ]
    began = time.monotonic()
    with progress.step(f"watch {', '.join(services)}") as notes:
        while True:
            for one in watched:
                _look(target, cluster, one, progress)
            if all(one.done for one in watched):
                notes += [one.ended() for one in watched]
                return
            progress.note("; ".join(one.progress_line() for one in watched if not one.done))
            waited = time.monotonic() - began
            _check_time(target, cluster, watched, waited, limit_seconds)
            stop.wait(LOCAL_LOOK_SECONDS if target.local else LOOK_SECONDS)


@dataclass
class _Watched:
    """One service. `reported`: ids of the events that were shown. `runs_already`: it runs, and ECS no longer knows the deployment."""

    name: str
    service: str
    task_definition: str
    found: ServiceDeployment | None = None
    runs_already: bool = False
    shown: str = ""
    reported: set[str] = field(default_factory=set)

    @property
    def done(self) -> bool:
        return self.runs_already or (self.found is not None and self.found.status == SUCCESSFUL)

    def progress_line(self) -> str:
        if self.found is None:
            return f"{self.name}: no deployment yet"
        one = self.found
        failed = f", {one.failures} of {one.threshold} failed" if one.failures else ""
        back = f", {one.status}" if one.status in TAKEN_BACK else ""
        return f"{self.name}: {one.running} running, {one.wanted} wanted, {one.pending} starting{failed}{back}"

    def ended(self) -> str:
        return f"{self.name}: {self.found.running} running" if self.found else f"{self.name}: as before"


def _look(target: DeployTarget, cluster: str, one: _Watched, progress: Progress) -> None:
    ecs = target.clients("ecs")
    (described,) = ecs.describe_services(cluster=cluster, services=[one.service])["services"]
    primary = next(one for one in described["deployments"] if one["status"] == "PRIMARY")
    is_ours = primary["taskDefinition"] == one.task_definition
    found = one.found = find_deployment(ecs, cluster, one.service, one.task_definition)
    if found is None:
        one.runs_already = is_ours and primary.get("rolloutState") == "COMPLETED"
        return
    if found.status == SUCCESSFUL and not one.shown:
        return  # it ended before we looked: its events are old
    if is_ours and found.status in TAKEN_BACK and primary["createdAt"] > found.created_at:
        one.found = None  # an earlier attempt; the list does not have ours yet
        return
    for event in reversed(described["events"]):
        if event["createdAt"] >= found.created_at and event["id"] not in one.reported:
            one.reported.add(event["id"])
            progress.say(f"  {_clock(event['createdAt'])} {event['message']}")
    if one.progress_line() != one.shown:
        one.shown = one.progress_line()
        progress.say(f"  {_clock(datetime.now(UTC))} {one.shown}")
    if (
        found.status in GIVEN_UP
    ):  # not before: then the version before runs, and a next deployment meets no half of this one
        raise _rolled_back(target, cluster, one, found)


def _rolled_back(target: DeployTarget, cluster: str, one: _Watched, found: ServiceDeployment) -> RolledBackError:
    evidence = last_stopped(target.clients, cluster, one.service, one.task_definition)
    reason = f" {found.reason}" if found.reason else ""
    counted = f" {found.failures} tasks failed, {found.threshold} are too many." if found.failures else ""
    again = _AFTERWARDS.get(found.status, "ECS has not ended that in time.")
    return RolledBackError(
        f"The deployment of {one.name} is {found.status}.{reason}{counted} {again} The last task that stopped:\n"
        + (evidence or "  ECS keeps none of its stopped tasks any more."),
        f"correct what it names and deploy again; {service_page(target, cluster, one.service)}",
    )


def _check_time(target: DeployTarget, cluster: str, watched: Sequence[_Watched], waited: float, limit: float) -> None:
    missing = [one for one in watched if one.found is None and not one.done]
    if missing and waited > APPEAR_SECONDS:
        names = ", ".join(one.name for one in missing)
        raise CommandError(
            f"ECS has no deployment of the task definition that was applied: {names}.",
            "another version may have been deployed meanwhile: `jobctl status`, then deploy again",
        )
    if waited <= limit:
        return
    late = [one for one in watched if not one.done]
    for one in late:
        if one.found is not None and one.found.status in TAKEN_BACK:
            raise _rolled_back(target, cluster, one, one.found)
    lines = [f"  {one.progress_line()}" for one in late]
    lines += [last_stopped(target.clients, cluster, one.service, one.task_definition) for one in late]
    raise CommandError(
        f"Not deployed after {waited:.0f} s, and not rolled back:\n" + "\n".join(filter(None, lines)),
        f"ECS goes on: run it again to watch on; {service_page(target, cluster, late[0].service)}",
    )


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M:%S}"
