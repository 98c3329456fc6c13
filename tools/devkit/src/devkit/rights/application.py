"""The application run on one applied stack, through everything that calls AWS, and its calls compared with its rights.

Both services are processes with the environment of their registered task definitions; the endpoint of each (`localaws.ecs_agent`) records its calls.
The run has good jobs, jobs that are tried again and remember their steps, a unique job twice, jobs rejected or given up, a trigger that cannot be
read, a job long enough for task protection, sends that fail until leases are renewed, and a log stream that CloudWatch does not make in time.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from devkit.demo.triggers import EXAMPLES, POISON
from devkit.errors import MismatchError
from devkit.otlp import OtlpReceiver
from devkit.rights.compare import IN_PROCESSES, compare_services
from devkit.rights.installed import TASK_ID, read_services
from jobctl.queries.job_state import states_of
from jobqueue.client.job_log import read_job_events
from localaws.aws import CREDENTIALS
from localaws.ecs_agent import EcsAgent, Refusal

if TYPE_CHECKING:
    from devkit.rights.documented import Documented
    from devkit.rights.installed import Installed
    from jobctl.environment.target import Clients
    from jobctl.stop import StopSignals
    from localaws.ecs_agent import Call, TaskEndpoint
    from localaws.processes import Processes

PACE = {
    # A drain waits for the poll in flight: short polls make a quick end. moto can hand the same message to two receives that overlap.
    "POLL_WAIT_SECONDS": "1",
    "MAX_POLLS": "1",
    # Retries come at once, and a job of two seconds is a long one.
    "RETRY_FIRST_SECONDS": "0.1",
    "RETRY_MAX_SECONDS": "1",
    "PROTECTION_AFTER_SECONDS": "0.5",
    # Renewed after five seconds instead of thirty.
    "LEASE_SECONDS": "10",
}
"""How the run differs from the registered environment, beside the addresses. None of it changes which calls there are."""
RUN_SECONDS = 90.0
DRAIN_SECONDS = 30.0
POLL_SECONDS = 0.2
_COUNTS: Any = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
SEND, FIND, NAMES, SCALE = "send-one-trigger", "find-its-log", "names", "scale-by-hand"
"""The documentation's commands that are part of the run."""
SCALED_TO = 5


def simulated(end: str, seconds: float = 0.0, **fields: str) -> str:
    """A trigger whose background job ends as told; its steps are remembered."""
    data = {"seconds": seconds, "remembered": True, "end": end}
    return json.dumps({"trigger": "proof", "jobType": "simulate", "data": data, **fields})


UNIQUE = simulated("complete", uniqueKey="proof")
"""Sent again once its job is over: the second reads that in the first one's record. Without records it would be refused."""

GOOD = (EXAMPLES[1], simulated("complete", seconds=2), simulated("fail_once"), simulated("retry_once"))
"""The other trigger of the documentation, a long job, one that fails once, one that asks for another attempt: all complete."""
REJECTED = (POISON, simulated("reject"), simulated("fail"))
"""A trigger that cannot be read, a job that is refused, one that fails at every attempt: a dead letter each."""
NO_SENDS = Refusal("SendMessageBatch", 503, "ServiceUnavailable", until="ChangeMessageVisibilityBatch")
"""The main job cannot send for so long that it must renew its leases: its own handlers are too quick to need that."""
LATE_STREAM = Refusal("CreateLogStream", 400, "ThrottlingException")
"""The account's quota is used up: the job's events go to the task's overflow stream."""


def prove(
    endpoint: str,
    outputs: Mapping[str, Any],
    clients: Clients,
    documented: Documented,
    processes: Processes,
    stop: StopSignals,
) -> str:
    """Runs the application and compares; gives a line of figures. Leaves messages in the dead-letter queues and log streams: destroy takes them.

    `endpoint` is the local AWS, `outputs` are the stack's, `documented` runs the documentation's commands in the installation.

    Raises:
        MismatchError: a job does not get through; a right is missing, unused or too wide.
        ProcessDied: a service or the local AWS ended.
        Stopped: somebody asked us to end.
    """
    services = read_services(outputs, clients)
    calls = Application(outputs, clients, documented, stop).run(services, endpoint, processes)
    for commands in (NAMES, SCALE):
        documented.run(commands)
    service_name = outputs["ecs_background_job_service_name"]
    (found,) = clients("ecs").describe_services(cluster=outputs["ecs_cluster_name"], services=[service_name])[
        "services"
    ]
    if found["desiredCount"] != SCALED_TO:
        raise MismatchError(
            f"{service_name} has {found['desiredCount']} tasks after the documented commands, not {SCALED_TO}"
        )
    return f"{sum(map(len, calls.values()))} calls: {compare_services(outputs, clients, calls, IN_PROCESSES)}"


class Application:
    """One run of both services."""

    def __init__(self, outputs: Mapping[str, Any], clients: Clients, documented: Documented, stop: StopSignals) -> None:
        self._triggers, self._jobs = (
            outputs[f"sqs_{name}_queue_url"] for name in ("main_job_triggers", "background_jobs")
        )
        self._dead_letters = [outputs[f"sqs_{name}_dlq_url"] for name in ("main_job_triggers", "background_jobs")]
        self._group = outputs["cloudwatch_log_group_background_job"]
        self._documented = documented
        self._sqs = clients("sqs")
        self._logs = clients("logs")
        self._stop = stop
        self._began_ms = int(time.time() * 1000)

    def run(self, services: Sequence[Installed], endpoint: str, processes: Processes) -> dict[str, list[Call]]:
        """The calls by service, from the start of both to the end of their drains. Raises as `prove`."""
        with ExitStack() as stack:
            telemetry = stack.enter_context(OtlpReceiver())
            agent = stack.enter_context(EcsAgent(endpoint))
            children = []
            for service in services:
                task = agent.task(TASK_ID, service.name)
                environ = service_environ(service, task, telemetry.endpoint, processes)
                children.append(processes.start(service.name, [sys.executable, "-m", service.module], environ))
            stack.enter_context(processes.ended_first(children, DRAIN_SECONDS))
            recorded = all("JOB_TABLE" in service.environment for service in services)
            self._put_through(agent, processes, (UNIQUE,) if recorded else ())
            codes = processes.stop(children, DRAIN_SECONDS)
            if any(codes.values()):
                lines = (f"{child.name}:\n{child.last_lines()}" for child in children)
                raise MismatchError(f"Exit codes after SIGTERM: {codes}\n" + "\n".join(lines))
            return {service.name: list(agent.calls(service.name)) for service in services}

    def _put_through(self, agent: EcsAgent, processes: Processes, unique: Sequence[str]) -> None:
        agent.refuse("main-job", NO_SENDS)
        self._documented.run(SEND)
        sent = {self._documented.value("MESSAGE"), *map(self._send, (*GOOD, *unique))}
        for body in REJECTED:
            self._send(body)
        self._wait(sent, processes)
        output, message_id = self._documented.run(FIND), self._documented.value("MESSAGE")
        events = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        if not any((one.get("correlationId"), one.get("event")) == (message_id, "job.completed") for one in events):
            raise MismatchError(f"The documented commands do not find the log of {message_id}:\n{output}")
        agent.refuse("background-job", LATE_STREAM)  # now that all is quiet: the next job's
        self._wait(set(map(self._send, (EXAMPLES[0], *unique))), processes)
        if left := [name for name in ("main-job", "background-job") if agent.record(name).refusals_left()]:
            raise MismatchError(f"A call that was to fail was never made by {', '.join(left)}")

    def _send(self, body: str) -> str:
        """The MessageId, which becomes the job's correlation id."""
        return str(self._sqs.send_message(QueueUrl=self._triggers, MessageBody=body)["MessageId"])

    def _wait(self, sent: set[str], processes: Processes) -> None:
        """Waits until all of `sent` have completed, every dead letter has arrived, and the queues are empty. On a slow machine a lease of
        `PACE` may lapse before its message is deleted, and make a letter more."""
        deadline = time.monotonic() + RUN_SECONDS
        while True:
            processes.check()
            self._stop.wait(POLL_SECONDS)
            states = states_of((), read_job_events(self._logs, self._group, self._began_ms))
            waiting = sent - {one.correlation_id for one in states if one.status == "completed"}
            letters = sum(map(self._count, self._dead_letters))
            if not waiting and letters >= len(REJECTED) and not self._count(self._triggers) + self._count(self._jobs):
                return
            if time.monotonic() > deadline:
                raise MismatchError(
                    f"After {RUN_SECONDS:.0f} s {len(waiting)} of {len(sent)} jobs have not completed, there are {letters} dead letters of"
                    f" {len(REJECTED)}, or a queue is not empty"
                )

    def _count(self, url: str) -> int:
        """The messages of a queue, hidden and delayed ones too."""
        return sum(
            map(int, self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=_COUNTS)["Attributes"].values())
        )


def service_environ(service: Installed, endpoint: TaskEndpoint, telemetry: str, processes: Processes) -> dict[str, Any]:
    """The registered environment, turned to the local AWS, with what the ECS agent would add."""
    return {
        **CREDENTIALS,
        **service.environment,
        **PACE,
        "AWS_ENDPOINT_URL": endpoint.aws_endpoint,
        "OTEL_EXPORTER_OTLP_ENDPOINT": telemetry,
        "HEALTH_FILE": str(processes.folder / f"{service.name}.health"),
        "ECS_AGENT_URI": endpoint.agent_uri,
        "ECS_CONTAINER_METADATA_URI_V4": endpoint.metadata_uri(service.name),
    }
