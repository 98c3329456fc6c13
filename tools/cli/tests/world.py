"""A stack as `jobctl` meets it, on one machine: real services as processes, their output and spans carried where AWS has them."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from devkit.otlp import OtlpReceiver
from devkit.services import QueuePair, Resources, further_queues, make_queue_pair, start_services
from jobctl.queries.span import Span
from jobqueue.testing.contract import DynamoDbBackend
from localaws.aws import CREDENTIALS, REGION, LocalAws, clients_of, start_aws
from localaws.processes import Processes

from ...localaws.tests.scripted import ScriptedCluster

ACCOUNT = "123456789012"
"""moto's."""
ENVIRONMENT = "dev"
SERVICES = {"main-job": "main-job-triggers", "background-job": "background-jobs"}
POLL_SECONDS = 0.1
SPAN_SECONDS = 20.0


@dataclass
class World:
    """`project` is its own. `carry` brings to CloudWatch Logs and X-Ray what there is now, as ECS's log driver and the collector do."""

    endpoint: str
    project: str
    queues: dict[str, QueuePair]
    tasks: dict[str, str]
    cluster: ScriptedCluster
    receiver: OtlpReceiver | None = None
    folder: Path = Path()

    def __post_init__(self) -> None:
        self.clients = clients_of(self.endpoint)
        self._lock = Lock()
        self._carried = dict.fromkeys(SERVICES, 0)
        self._spans: set[str] = set()
        self._never = Event()

    @property
    def name(self) -> str:
        return f"{self.project}-{ENVIRONMENT}"

    @property
    def options(self) -> list[str]:
        return ["--project", self.project, "--environment", ENVIRONMENT, "--endpoint-url", self.endpoint]

    @property
    def environ(self) -> dict[str, str]:
        return {**CREDENTIALS, "JOBS_PROJECT": self.project, "JOBS_ENVIRONMENT": ENVIRONMENT} | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "JOBS_CONFIG": "",
            "COLUMNS": "100",
        }

    def group(self, name: str) -> str:
        return f"/ecs/{self.name}/{name}"

    def parameter(self) -> dict[str, Any]:
        """What Terraform writes (infra/terraform/modules/discovery)."""
        services = {
            name: {
                "ecs_service": self.cluster.service,
                "log_group": self.group(name),
                "log_stream_prefix": f"{name}/{name}/",
                "job_logs": name == "background-job",
                "receives": queue,
                "sends": ["background-jobs"] if name == "main-job" else [],
                "queue_url": self.queues[queue].url,
                "dead_letter_url": self.queues[queue].dead_letter_url,
            }
            for name, queue in SERVICES.items()
        }
        return {
            "format": 1,
            "project": self.project,
            "environment": ENVIRONMENT,
            "region": REGION,
            "account": ACCOUNT,
            "cluster": self.cluster.cluster,
            "services": services,
            "log_groups": {"ecs": f"/ecs/{self.name}", "metrics": self.group("metrics")},
            "metrics_namespace": self.name,
            "kms_key_arn": "",
            "alarm_prefix": f"{self.name}-",
            "dashboard": self.name,
            "xray_group": self.name,
            "paused_parameter": f"/{self.project}/{ENVIRONMENT}/paused",
        }

    def keep_records(self) -> DynamoDbBackend:
        """A table of job records, which the stack's parameter names."""
        backend = DynamoDbBackend(self.endpoint)
        value = json.dumps({**self.parameter(), "job_table": backend.table})
        self.clients("ssm").put_parameter(Name=f"/{self.project}/{ENVIRONMENT}/stack", Value=value, Overwrite=True)
        return backend

    def write(self, group: str, stream: str, *lines: tuple[int, str]) -> None:
        """Lines with their times, into a stream that is made if need be."""
        logs = self.clients("logs")
        if not logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=stream)["logStreams"]:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events = [{"timestamp": at_ms, "message": text} for at_ms, text in lines]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def metric(self, queue: str, outcome: str, attempts: int, at_ms: int) -> None:
        """One of the collector's events in embedded metric format."""
        names = {"messaging.destination.name": self.queues[queue].name, "jobs.outcome": outcome}
        text = json.dumps({"_aws": {"Timestamp": at_ms}, **names, "jobs.attempts": attempts})
        self.write(self.group("metrics"), f"{queue}/1", (at_ms, text))

    def carry(self, *job_ids: str) -> None:
        """What the services wrote and sent goes to AWS. Of jobs that have ended: all of it, also what they write in a moment."""
        deadline = time.monotonic() + SPAN_SECONDS
        while not all(self._written(job_id) for job_id in job_ids):
            assert time.monotonic() < deadline, f"the services do not say how {job_ids} ended"
            self._never.wait(POLL_SECONDS)
        with self._lock:
            for service, task in self.tasks.items():
                whole = (self.folder / f"{service}.log").read_bytes().rpartition(b"\n")[0]
                fresh, self._carried[service] = whole[self._carried[service] :], len(whole)
                lines = [line for line in fresh.decode().splitlines() if line]
                if lines:
                    stamped = ((time_of(line), line) for line in lines)
                    self.write(self.group(service), f"{service}/{service}/{task}", *stamped)
            assert self.receiver is not None
            spans = [one for one in self.receiver.spans() if one.span_id not in self._spans and "process" in one.name]
            for span in spans:
                self._spans.add(span.span_id)
                document = json.dumps(segment_of(span))
                self.clients("xray").put_trace_segments(TraceSegmentDocuments=[document])

    def _written(self, job_id: str) -> bool:
        """Whether the last line about it is there: the background job's, unless the main job rejected it."""
        said = {
            service: {
                line["outcome"]
                for text in (self.folder / f"{service}.log").read_text().splitlines()
                if job_id in text and text.endswith("}") and "outcome" in (line := json.loads(text))
            }
            for service in self.tasks
        }
        ended = said["background-job"] & {"done", "reject"}
        return "reject" in said["main-job"] or bool(said["main-job"] and ended)

    def spans(self, trace_id: str, count: int) -> dict[str, Span]:
        """A trace's, by their ids, once there are so many and X-Ray has them: they travel for a moment after a job has ended."""
        assert self.receiver is not None
        deadline = time.monotonic() + SPAN_SECONDS
        while len(found := [one for one in self.receiver.spans() if one.trace_id == trace_id]) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} spans came"
            self._never.wait(POLL_SECONDS)
        self.carry()
        return {one.span_id: one for one in found}


def time_of(line: str) -> int:
    """When a service wrote it, in milliseconds."""
    return round(datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp() * 1000)


def segment_of(span: Span) -> dict[str, Any]:
    """As the collector's awsxray exporter writes an attempt: a segment of the service, the span below it."""
    trace_id = f"1-{span.trace_id[:8]}-{span.trace_id[8:]}"
    times = {"start_time": span.start_ns / 1e9, "end_time": span.end_ns / 1e9}
    indexed = {name: value for name, value in span.attributes.items() if name == "jobs.job_id"}
    rest = {name: value for name, value in span.attributes.items() if name not in indexed}
    below = {"id": span.span_id, "name": span.name, **times, "annotations": indexed, "metadata": {"default": rest}}
    segment = {"id": secrets.token_hex(8), "trace_id": trace_id, "name": span.service, **times, "annotations": indexed}
    return {**segment, "parent_id": span.parent_id, "subsegments": [below | ({"fault": True} if span.failed else {})]}


@contextmanager
def local_aws() -> Iterator[str]:
    """The endpoint of one that may have many stacks."""
    with Processes("jobs-tests-") as processes:
        yield start_aws(processes).endpoint()


@contextmanager
def world(endpoint: str, project: str = "") -> Iterator[World]:
    """A stack with real services; leaving it ends them."""
    with ExitStack() as stack:
        processes = stack.enter_context(Processes("jobs-tests-"))
        one = make_world(endpoint, project)
        one.folder = processes.folder
        one.receiver = stack.enter_context(OtlpReceiver())
        further = {queue: make_queue_pair(one.clients("sqs"), queue) for queue in further_queues().values()}
        resources = Resources(
            LocalAws(endpoint), {**one.queues, **further}, one.group("background-job"), one.receiver.endpoint
        )
        services = start_services(processes, resources)
        ended = Event()
        carrier = Thread(target=_carry, args=(one, ended), name="carrier", daemon=True)
        carrier.start()
        stack.callback(carrier.join)
        stack.callback(ended.set)
        stack.enter_context(processes.ended_first(services, 15.0))
        yield one


def _carry(one: World, ended: Event) -> None:
    while not ended.wait(POLL_SECONDS):
        one.carry()


def make_world(endpoint: str, project: str = "") -> World:
    """Queues, log groups and the parameter of a stack of its own, without services."""
    clients = clients_of(endpoint)
    project = project or f"p{secrets.token_hex(4)}"
    queues = {name: make_queue_pair(clients("sqs"), f"{project}-{ENVIRONMENT}-{name}") for name in SERVICES.values()}
    tasks = {name: secrets.token_hex(16) for name in SERVICES}
    cluster = ScriptedCluster(clients("ecs"), container="main-job")
    cluster.roll()
    one = World(endpoint, project, queues, tasks, cluster)
    for group in (*SERVICES, "metrics"):
        clients("logs").create_log_group(logGroupName=one.group(group))
    clients("logs").create_log_group(logGroupName=f"/ecs/{one.name}")  # ECS's events and the collectors' output
    clients("ssm").put_parameter(
        Name=f"/{project}/{ENVIRONMENT}/stack", Value=json.dumps(one.parameter()), Type="String"
    )
    return one
