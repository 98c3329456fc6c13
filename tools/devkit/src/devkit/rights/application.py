"""A run of both services on what Terraform made, through everything that calls AWS.

Both services as processes, each with the environment of its registered task definition and an endpoint of its own (`localaws.ecs_agent`) that records
its calls.
The run has good jobs, jobs that are tried again, rejected or given up, a trigger that cannot be read, a job long enough for task protection, sends
that fail until leases are renewed, and a log stream that CloudWatch does not make in time.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.demo.triggers import EXAMPLES, POISON
from devkit.infra_check.inventory import NotAsSaid
from devkit.otlp import OtlpReceiver
from devkit.rights.installed import SERVICES, TASK_ID
from jobctl.queries.job_event import JobSummary, summaries_of
from jobctl.queries.job_log import read_job_events, read_job_log
from jobqueue.cloudwatch.overflow import PREFIX as OVERFLOW_PREFIX
from jobqueue.messages.job_id import job_log_stream
from localaws.aws import CREDENTIALS
from localaws.ecs_agent import EcsAgent, Refusal, TaskEndpoint

if TYPE_CHECKING:
    from devkit.rights.documented import Documented
    from devkit.rights.installed import Installed, Queues
    from jobctl.environment.target import Clients
    from jobctl.stop import StopSignals
    from localaws.ecs_agent import Call
    from localaws.processes import Child, Processes

PACE = {
    # A drain waits for the poll in flight: short polls make a quick end. moto can hand the same message to two receives that overlap.
    "POLL_WAIT_SECONDS": "1",
    "MAX_POLLS": "1",
    # Retries come at once, and a job of two seconds is a long one.
    "RETRY_FIRST_SECONDS": "0.1",
    "RETRY_MAX_SECONDS": "1",
    "PROTECTION_AFTER_SECONDS": "0.5",
    # Renewed after two seconds instead of thirty.
    "LEASE_SECONDS": "4",
}
"""How the run differs from the registered environment, beside the addresses. None of it changes which calls there are."""
RUN_SECONDS = 90.0
DRAIN_SECONDS = 30.0
LOOK_SECONDS = 0.2
HEALTH_SECONDS = 10.0
_STREAM_PREFIX = "job-streams/"


@dataclass(frozen=True)
class Ran:
    """What the run left. `streams` are the job log streams that were found, the overflow stream not counted."""

    calls: Mapping[str, Sequence[Call]]
    completed: int
    dead_letters: int
    streams: int


SEND, FIND = "send-one-trigger", "find-its-log"
"""The documentation's commands that are part of the run."""


def simulated(end: str, seconds: float = 0.0) -> str:
    """A trigger whose background job ends as told."""
    return json.dumps({"trigger": "proof", "jobType": "simulate", "data": {"seconds": seconds, "end": end}})


GOOD = (EXAMPLES[1], simulated("complete", seconds=2), simulated("fail_once"), simulated("retry_once"))
"""The other trigger of the documentation, a long job, one that fails once, one that asks for another attempt: all complete."""
REJECTED_JOBS = (simulated("reject"), simulated("fail"))
"""One that is refused, one that fails at every attempt: their dead letters are the background job's."""
NO_SENDS = Refusal("SendMessageBatch", 503, "ServiceUnavailable", until="ChangeMessageVisibilityBatch")
"""The main job cannot send for so long that it must renew its leases: its own handlers are too quick to need that."""
LATE_STREAM = Refusal("CreateLogStream", 400, "ThrottlingException")
"""The account's quota is used up: the job's events go to the task's overflow stream."""


class Application:
    """One run of both services."""

    def __init__(
        self, queues: Queues, job_log_group: str, clients: Clients, documented: Documented, stop: StopSignals
    ) -> None:
        self._queues = queues
        self._documented = documented
        self._group = job_log_group
        self._sqs = clients("sqs")
        self._logs = clients("logs")
        self._stop = stop
        self._began_ms = int(time.time() * 1000)
        self._letters_before = self._letters()

    def run(self, services: Sequence[Installed], upstream: str, processes: Processes) -> Ran:
        """Run both services, from their start to the end of their drains.

        Raises:
            NotAsSaid: a job did not get through, a log stream is not there, a service is not healthy or did not drain.
            ProcessDied: a service or the local AWS ended.
            Stopped: somebody asked us to end.
        """
        with ExitStack() as stack:
            telemetry = stack.enter_context(OtlpReceiver())
            agent = stack.enter_context(EcsAgent(upstream))
            endpoints = {service.name: agent.task(TASK_ID, service.name) for service in services}
            children = [_start(service, endpoints[service.name], telemetry.endpoint, processes) for service in services]
            stack.enter_context(processes.ended_first(children, DRAIN_SECONDS))
            stories = self._put_through(agent, processes)
            for service in services:
                _check_health(service, processes)
            codes = processes.stop(children, DRAIN_SECONDS)
            if any(codes.values()):
                raise NotAsSaid(f"Exit codes after SIGTERM: {codes}\n" + "\n".join(map(_said, children)))
            calls = {name: agent.calls(name) for name in endpoints}
        letters = 1 + len(REJECTED_JOBS)
        return Ran(calls, len(stories), letters, self._find_streams(stories))

    def _put_through(self, agent: EcsAgent, processes: Processes) -> list[JobSummary]:
        agent.refuse("main-job", NO_SENDS)
        self._documented.run(SEND)
        documented = self._documented.value("MESSAGE")
        sent = {documented, *map(self._send, GOOD)}
        for body in (POISON, *REJECTED_JOBS):
            self._send(body)
        self._wait(sent, processes)
        self._find_documented(documented)
        # Now that all is quiet: whichever job is next is the one without a stream of its own.
        agent.refuse("background-job", LATE_STREAM)
        sent.add(self._send(EXAMPLES[0]))
        stories = self._wait(sent, processes)
        left = [name for name in SERVICES if agent.record(name).refusals_left()]
        if left:
            raise NotAsSaid(f"A call that was to fail was never made by {', '.join(left)}")
        return stories

    def _send(self, body: str) -> str:
        """As `aws sqs send-message` does; gives the MessageId, which becomes the job's correlation id."""
        return str(self._sqs.send_message(QueueUrl=self._queues.triggers, MessageBody=body)["MessageId"])

    def _wait(self, sent: set[str], processes: Processes) -> list[JobSummary]:
        """Wait until every one of `sent` has completed and every dead letter has arrived."""
        deadline = time.monotonic() + RUN_SECONDS
        while True:
            processes.check()
            self._stop.wait(LOOK_SECONDS)
            stories = summaries_of(read_job_events(self._logs, self._group, self._began_ms))
            done = [one for one in stories if one.completed_ms is not None and one.correlation_id in sent]
            waiting = sent - {one.correlation_id for one in done}
            letters = tuple(now - before for now, before in zip(self._letters(), self._letters_before, strict=True))
            if not waiting and letters == (1, len(REJECTED_JOBS)):
                return done
            if time.monotonic() > deadline:
                raise NotAsSaid(
                    f"After {RUN_SECONDS:.0f} s: {len(waiting)} of {len(sent)} jobs have not completed; dead letters of triggers and "
                    f"of jobs are {letters}, not {(1, len(REJECTED_JOBS))}"
                )

    def _find_documented(self, message_id: str) -> None:
        """With the documented commands: the newest streams, the one of the trigger, what is in it."""
        said = self._documented.run(FIND)
        stream = self._documented.value("STREAM")
        events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        found = [(event.get("correlationId"), event.get("event")) for event in events]
        if f'"{stream}"' not in said or (message_id, "job.completed") not in found:
            raise NotAsSaid(f"The commands that find a job's log do not show the one of {message_id}:\n{said}")

    def _letters(self) -> tuple[int, int]:
        """Numbers of dead letters: of triggers, of jobs."""
        return self._count(self._queues.trigger_letters), self._count(self._queues.job_letters)

    def _count(self, url: str) -> int:
        name = "ApproximateNumberOfMessages"
        found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
        return int(found[name])

    def _find_streams(self, stories: Sequence[JobSummary]) -> int:
        """As `aws logs describe-log-streams --log-stream-name-prefix` and `aws logs get-log-events` do."""
        names = set(self._streams(_STREAM_PREFIX))
        own = [one for one in stories if job_log_stream(one.job_id) in names]
        if len(own) != len(stories) - 1:
            raise NotAsSaid(
                f"{len(stories) - 1} jobs should have a log stream of their own, {len(own)} have: {sorted(names)}"
            )
        for one in own:
            if not any(event.event == "job.completed" for event in read_job_log(self._logs, self._group, one.job_id)):
                raise NotAsSaid(f"{job_log_stream(one.job_id)} does not say that its job completed")
        overflow = self._streams(f"{OVERFLOW_PREFIX}/")
        if not any(name.endswith(TASK_ID) for name in overflow):
            raise NotAsSaid(f"The job without a stream of its own is in no overflow stream of its task: {overflow}")
        return len(own)

    def _streams(self, prefix: str) -> list[str]:
        pages = self._logs.get_paginator("describe_log_streams").paginate(
            logGroupName=self._group, logStreamNamePrefix=prefix
        )
        return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]


def service_environ(service: Installed, endpoint: TaskEndpoint, telemetry: str, health_file: str) -> dict[str, Any]:
    """The registered environment, turned to the local AWS, with what the ECS agent would add."""
    return {
        **CREDENTIALS,
        **service.environment,
        **PACE,
        "AWS_ENDPOINT_URL": endpoint.aws_endpoint,
        "OTEL_EXPORTER_OTLP_ENDPOINT": telemetry,
        "HEALTH_FILE": health_file,
        "ECS_AGENT_URI": endpoint.agent_uri,
        "ECS_CONTAINER_METADATA_URI_V4": endpoint.metadata_uri(service.name),
    }


def _start(service: Installed, endpoint: TaskEndpoint, telemetry: str, processes: Processes) -> Child:
    environ = service_environ(service, endpoint, telemetry, _health_file(service, processes))
    return processes.start(service.name, [sys.executable, "-m", service.module], environ)


def _check_health(service: Installed, processes: Processes) -> None:
    """The registered health command, as the container runtime runs it: CMD, without a shell."""
    kind, program, *arguments = service.health_command
    if (kind, program) != ("CMD", "python"):
        raise NotAsSaid(f"{service.name}: health command {service.health_command} is not CMD python ...")
    environ = {**service.environment, "HEALTH_FILE": _health_file(service, processes)}
    child = processes.start(f"{service.name}-health", [sys.executable, *arguments], environ)
    if child.wait(HEALTH_SECONDS):
        raise NotAsSaid(f"{service.name} is not healthy: {child.last_lines()}")
    processes.stop([child], 0)


def _health_file(service: Installed, processes: Processes) -> str:
    return str(processes.folder / f"{service.name}.health")


def _said(child: Child) -> str:
    return f"{child.name}:\n{child.last_lines()}"
