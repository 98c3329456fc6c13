"""Smoke test of a deployment: a synthetic trigger goes through both services, and its job's log must say completed.

The trigger is what `jobctl submit` would send: `correlationId` begins with `synthetic-`, which readers filter. Job id and trace id are chosen before,
so that everything it leaves can be named, also when it does not arrive.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobctl.environment import console, timeline
from jobctl.environment.queue_depth import queue_depth
from jobctl.queries.attempt import attempts_of
from jobctl.queries.job_state import JobState, states_of
from jobctl.queries.service_lines import ServiceLine, ServiceLines
from jobctl.views.job_log_view import line_of
from jobdeploy.asleep import wake
from jobdeploy.errors import SmokeTestError
from jobdeploy.stopped_tasks import last_stopped
from jobqueue.client import JobClient, Submitted
from jobqueue.client.job_log import read_job_log
from jobqueue.messages.correlation_id import synthetic_correlation_id
from jobqueue.messages.job_id import job_log_stream

if TYPE_CHECKING:
    from jobctl.environment.target import Outputs
    from jobctl.stop import StopSignals
    from jobdeploy.progress import Progress
    from jobdeploy.target import DeployTarget
    from jobqueue.client.job_event import JobEvent

TRIGGER = "smoke"
LIMIT_SECONDS = 600.0
"""Both services may have to start a task first, each in one to two minutes."""
LOOK_SECONDS = 1.0
CLOCKS_APART_MS = 60_000
"""How far the clock of this machine may be ahead of the services'."""
_UNSUPPORTED = "job.unsupported"
_MAIN, _BACKGROUND = "main-job", "background-job"


@dataclass(frozen=True)
class Refusal:
    """Why the job will not be tried again, or not by any running task, and who says so. `task` is empty where that is not known."""

    why: str
    service: str
    task: str


@dataclass(frozen=True)
class Seen:
    """What is known of the trigger so far. `lines`: what both services wrote about it; `background`: its job's own log."""

    lines: Sequence[ServiceLine]
    background: Sequence[JobEvent]

    @property
    def main(self) -> list[JobEvent]:
        """The main job's lines."""
        return [one.line for one in self.lines if one.service == _MAIN]

    @property
    def state(self) -> JobState | None:
        """The job's state; None: no line was written about it."""
        return next(iter(states_of((one.line for one in self.lines), self.background)), None)

    @property
    def completed(self) -> bool:
        """Whether the job's log says completed."""
        return self.state is not None and self.state.status == "completed"

    @property
    def refusal(self) -> Refusal | None:
        """None: it may still get through."""
        if self.state is not None and self.state.status == "dead letter":
            logged = [(_BACKGROUND, event) for event in self.background]
            ended = [one for one in attempts_of(self.lines, logged, 0) if one.outcome == "reject"]
            where = (ended[-1].service, ended[-1].task) if ended else ("", "")
            return Refusal(self.state.reason or self.state.error, *where)
        for one in self.lines:
            if one.line.event == _UNSUPPORTED:
                return Refusal(one.line.message, one.service, one.task)
        return None

    @property
    def failed(self) -> ServiceLine | None:
        """The last line that tells of an error of the job itself, with its stack."""
        return next((one for one in reversed(self.lines) if one.line.error and one.line.fields.get("stack")), None)

    def last(self) -> str:
        """For a person."""
        lines = sorted([*(one.line for one in self.lines), *self.background], key=lambda event: event.at_ms)
        if not lines:
            return "nothing: no service has written a line about it"
        error = f" ({lines[-1].fields['error']})" if "error" in lines[-1].fields else ""
        return f"{line_of(lines[-1])}{error}"


def smoke(
    target: DeployTarget,
    outputs: Outputs,
    stop: StopSignals,
    progress: Progress,
    *,
    limit_seconds: float = LIMIT_SECONDS,
) -> None:
    """Send a trigger and wait until its job is completed; shows job id, timeline and links.

    Services that sleep are woken first: by themselves each would wait for SQS's first metric of an idle queue, which may take 15 minutes.

    Raises:
        SmokeTestError: it was refused, or is not completed in time; with its own error, what was seen last, where to look, queue depths, and the
            tasks of this version that stopped.
        Stopped: somebody asked us to end; the trigger is not withdrawn.
    """
    wake(target, outputs, (_BACKGROUND, _MAIN), progress)
    with progress.step("smoke: a trigger through both services") as notes:
        sent = send(target, outputs)
        progress.note(f"job {sent.job_id}")
        began = time.monotonic()
        while not (seen := look(target, outputs, sent)).completed:
            if (refusal := seen.refusal) is not None:
                registered = outputs["services"].get(refusal.service, {}).get("ecs_task_definition_arn")
                new = _version_of(target, outputs, refusal.task) == registered
                raise _failed(target, outputs, sent, seen, f"was refused: {refusal.why}", by_new_version=new)
            if time.monotonic() - began > limit_seconds:
                how = f"is not completed after {limit_seconds:.0f} s"
                raise _failed(target, outputs, sent, seen, how, by_new_version=False)
            stop.wait(LOOK_SECONDS)
        notes.append(f"job {sent.job_id}")
    lines = ["Timeline, seconds since the previous event and since the beginning:"]
    lines += [f"  {line}" for line in timeline.lines(timeline.events_of(sent.sent_ms, seen.main, seen.background))]
    if target.local:  # which may be gone before anybody looks
        lines += ["Its job log:", *(f"  {line_of(event)}" for event in seen.background)]
    progress.say("\n".join([*lines, *_places(target, outputs, sent)]))


def send(target: DeployTarget, outputs: Outputs) -> Submitted:
    """Send the trigger.

    Raises:
        JobClientError: no such queue, no permission.
    """
    jobs = JobClient(queue_url=outputs["sqs_main_job_triggers_queue_url"], clients=target.clients, environ={})
    return jobs.submit(trigger=TRIGGER, correlation_id=synthetic_correlation_id())


def look(target: DeployTarget, outputs: Outputs, sent: Submitted) -> Seen:
    """Read what the services have written about it.

    Raises:
        botocore.exceptions.ClientError: no such group, no permission.
    """
    logs: Any = target.clients("logs")
    group = outputs["cloudwatch_log_group_background_job"]
    groups = {_MAIN: outputs["cloudwatch_log_group_main_job"], _BACKGROUND: group}
    lines = ServiceLines(logs, groups, sent.sent_ms - CLOCKS_APART_MS, sent.job_id).fresh()
    return Seen(
        lines=[one for one in lines if one.line.job_id == sent.job_id],
        background=read_job_log(logs, group, sent.job_id),
    )


def _failed(
    target: DeployTarget, outputs: Outputs, sent: Submitted, seen: Seen, how: str, *, by_new_version: bool
) -> SmokeTestError:
    """The error of a smoke test. Tasks of earlier versions are left out."""
    cluster = outputs["ecs_cluster_name"]
    lines = [f"The trigger with job id {sent.job_id} {how}.", f"  last seen: {seen.last()}"]
    if (failed := seen.failed) is not None:
        version = _version_of(target, outputs, failed.task).rpartition("/")[2]
        lines.append(f"  its error, in task {failed.task} of {failed.service}{version and f' ({version})'}:")
        lines += [f"    {line}" for line in str(failed.line.fields["stack"]).rstrip().splitlines()]
    for service_outputs in outputs["services"].values():
        lines.append(f"  queue {queue_depth(target.clients, service_outputs['sqs_queue_url']).text()}")
        lines.append(f"  dead letters {queue_depth(target.clients, service_outputs['sqs_dlq_url']).text()}")
    for service_outputs in outputs["services"].values():
        service, new = service_outputs["ecs_service_name"], service_outputs["ecs_task_definition_arn"]
        if evidence := last_stopped(target.clients, cluster, service, new):
            lines += [f"  the last task of this version of {service} that stopped:", evidence]
    back = f"`nox -s rollback -- --environment {target.environment}` restores the previous deployment"
    return SmokeTestError(
        "\n".join([*lines, *_places(target, outputs, sent)]),
        f"{back}; or correct the cause, then `nox -s smoke -- --environment {target.environment}`",
        by_new_version=by_new_version,
    )


def _version_of(target: DeployTarget, outputs: Outputs, task: str) -> str:
    """The task definition of a task; empty where ECS does not know the task any more, or none was named."""
    if not task:
        return ""
    found = target.clients("ecs").describe_tasks(cluster=outputs["ecs_cluster_name"], tasks=[task])["tasks"]
    return str(found[0]["taskDefinitionArn"]) if found else ""


def _places(target: DeployTarget, outputs: Outputs, sent: Submitted) -> list[str]:
    cluster = outputs["ecs_cluster_name"]
    group = outputs["cloudwatch_log_group_background_job"]
    pages = [
        console.service_page(target, cluster, service_outputs["ecs_service_name"])
        for service_outputs in outputs["services"].values()
    ]
    return [
        "Where to look:",
        f"  job log    {console.log_stream(target, group, job_log_stream(sent.job_id))}",
        f"  trace      {console.trace(target, sent.trace_id)}",
        f"  dashboard  {console.dashboard(target, outputs['cloudwatch_dashboard_name'])}",
        *(f"  service    {page}" for page in pages),
    ]
