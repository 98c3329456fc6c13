"""Does it work? A trigger of our own goes through both services, and its job's log must say completed. Layer: tools, main thread.

It is an ordinary trigger: `correlationId` begins with `synthetic-`, which readers filter. Job id and trace id are chosen here, so that everything it
leaves can be named, also when it does not arrive.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobqueue.messages.correlation_id import synthetic_correlation_id
from jobqueue.messages.job_id import job_log_stream, new_job_id
from jobqueue.telemetry.trace_headers import SAMPLED, TRACEPARENT, write_traceparent
from jobtools.deploy import console, hops
from jobtools.deploy.queue_depth import queue_depth
from jobtools.deploy.stopped_tasks import stopped_tasks, told
from jobtools.deploy.wrong import Wrong
from jobtools.look.job_log import read_job_log, read_lines_about

if TYPE_CHECKING:
    from jobtools.deploy.steps import Outputs
    from jobtools.deploy.target import Target
    from jobtools.infra.progress import Progress
    from jobtools.local.stop import StopSignals
    from jobtools.look.job_event import JobEvent

TRIGGER = "smoke"
LIMIT_SECONDS = 600.0
"""A service that sleeps (`min_tasks = 0`) takes some minutes to wake up."""
LOOK_SECONDS = 1.0
CLOCKS_APART_MS = 60_000
"""How far the clock of this machine may be ahead of the services'."""
_REFUSED = ("job.rejected", "job.unsupported")


@dataclass(frozen=True)
class Sent:
    """The trigger, as it was sent."""

    job_id: str
    correlation_id: str
    trace_id: str
    sent_ms: int


@dataclass(frozen=True)
class Seen:
    """What is known of it so far. `main`: the main job's lines about it; `background`: its job's own log."""

    main: Sequence[JobEvent]
    background: Sequence[JobEvent]

    @property
    def completed(self) -> bool:
        """Whether the job says so itself."""
        return any(event.event == "job.completed" for event in self.background)

    @property
    def refused(self) -> JobEvent | None:
        """The line that says that nobody will try any more."""
        lines = [*self.main, *self.background]
        return next((one for one in lines if one.event in _REFUSED or one.fields.get("outcome") == "reject"), None)

    def last(self) -> str:
        """For a person."""
        lines = sorted([*self.main, *self.background], key=lambda event: event.at_ms)
        if not lines:
            return "nothing: no service has written a line about it"
        error = f" ({lines[-1].fields['error']})" if "error" in lines[-1].fields else ""
        return f"{_line(lines[-1])}{error}"


def smoke(
    target: Target, outputs: Outputs, stop: StopSignals, progress: Progress, *, limit_seconds: float = LIMIT_SECONDS
) -> None:
    """Sends a trigger and waits until its job is completed; tells job id, hops and where to look.

    Raises:
        Wrong: it was refused, or is not completed in time; with what was seen last, where to look, queue depths and stopped tasks.
        Stopped: somebody asked us to end; the trigger goes its way.
    """
    with progress.step("smoke: a trigger through both services") as notes:
        sent = send(target, outputs)
        progress.note(f"job {sent.job_id}")
        began = time.monotonic()
        while not (seen := look(target, outputs, sent)).completed:
            if (refused := seen.refused) is not None:
                raise _failed(
                    target, outputs, sent, seen, f"was refused: {refused.fields.get('reason') or refused.message}"
                )
            if time.monotonic() - began > limit_seconds:
                raise _failed(target, outputs, sent, seen, f"is not completed after {limit_seconds:.0f} s")
            stop.wait(LOOK_SECONDS)
        notes.append(f"job {sent.job_id}")
    lines = ["Hop, seconds since the one before and since the beginning:"]
    lines += [f"  {line}" for line in hops.told(hops.hops_of(sent.sent_ms, seen.main, seen.background))]
    if target.local:  # which may be gone before anybody looks
        lines += ["Its job log:", *(f"  {_line(event)}" for event in seen.background)]
    progress.say("\n".join([*lines, *_places(target, outputs, sent)]))


def send(target: Target, outputs: Outputs) -> Sent:
    """Sends it.

    Raises:
        botocore.exceptions.ClientError: no such queue, no permission.
    """
    now_ms = time.time_ns() // 1_000_000
    # X-Ray takes a trace for old whose id does not begin with the time:
    # https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
    trace_id = f"{now_ms // 1000:08x}{secrets.token_hex(12)}"
    sent = Sent(new_job_id(), synthetic_correlation_id(), trace_id, now_ms)
    timestamp = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    attributes = {
        "jobId": sent.job_id,
        "correlationId": sent.correlation_id,
        TRACEPARENT: write_traceparent(trace_id, secrets.token_hex(8), SAMPLED),
    }
    target.clients("sqs").send_message(
        QueueUrl=outputs["sqs_main_job_triggers_queue_url"],
        MessageBody=json.dumps({"trigger": TRIGGER, "timestamp": timestamp, "triggerBackgroundJob": True}),
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
    )
    return sent


def look(target: Target, outputs: Outputs, sent: Sent) -> Seen:
    """What the services have written about it.

    Raises:
        botocore.exceptions.ClientError: no such group, no permission.
    """
    logs: Any = target.clients("logs")
    main = read_lines_about(logs, outputs["cloudwatch_log_group_main_job"], sent.job_id, sent.sent_ms - CLOCKS_APART_MS)
    return Seen(main, read_job_log(logs, outputs["cloudwatch_log_group_background_job"], sent.job_id))


def _line(event: JobEvent) -> str:
    return f"{datetime.fromtimestamp(event.at_ms / 1000, UTC):%H:%M:%S} {event.level} {event.message}"


def _failed(target: Target, outputs: Outputs, sent: Sent, seen: Seen, how: str) -> Wrong:
    lines = [f"The trigger with job id {sent.job_id} {how}.", f"  seen last: {seen.last()}"]
    for said in outputs["services"].values():
        lines.append(f"  queue {queue_depth(target.clients, said['sqs_queue_url']).text()}")
        lines.append(f"  dead letters {queue_depth(target.clients, said['sqs_dlq_url']).text()}")
    for said in outputs["services"].values():
        dead = stopped_tasks(target.clients, outputs["ecs_cluster_name"], said["ecs_service_name"])
        lines += [f"  the last task of {said['ecs_service_name']} that stopped:", told(dead)] if dead else []
    return Wrong("\n".join([*lines, *_places(target, outputs, sent)]), "mend what these say, then `nox -s smoke`")


def _places(target: Target, outputs: Outputs, sent: Sent) -> list[str]:
    cluster = outputs["ecs_cluster_name"]
    group = outputs["cloudwatch_log_group_background_job"]
    pages = [console.service_page(target, cluster, said["ecs_service_name"]) for said in outputs["services"].values()]
    return [
        "Where to look:",
        f"  job log    {console.log_stream(target, group, job_log_stream(sent.job_id))}",
        f"  trace      {console.trace(target, sent.trace_id)}",
        f"  dashboard  {console.dashboard(target, outputs['cloudwatch_dashboard_name'])}",
        *(f"  service    {page}" for page in pages),
    ]
