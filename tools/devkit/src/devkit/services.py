"""The services in a local run: queues and job log group, made as Terraform makes them, and the environment; the programs of the images."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from devkit.given import given

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sqs import SQSClient

    from localaws.aws import LocalAws
    from localaws.processes import Child, Processes

MAX_RECEIVE_COUNT = 10
MAX_MESSAGE_BYTES = 262_144


@dataclass(frozen=True)
class QueuePair:
    """A queue and its dead-letter queue."""

    name: str
    url: str
    dead_letter_name: str
    dead_letter_url: str


def make_queue_pair(sqs: SQSClient, name: str) -> QueuePair:
    """Makes `{name}` and `{name}-dlq` with the redrive that the services check at their start."""
    dead_letter_name = f"{name}-dlq"
    dead_letter_url = sqs.create_queue(
        QueueName=dead_letter_name, Attributes={"MaximumMessageSize": str(MAX_MESSAGE_BYTES)}
    )["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead_letter_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVE_COUNT})
    url = sqs.create_queue(
        QueueName=name, Attributes={"MaximumMessageSize": str(MAX_MESSAGE_BYTES), "RedrivePolicy": redrive}
    )["QueueUrl"]
    return QueuePair(name, url, dead_letter_name, dead_letter_url)


def make_log_group(logs: CloudWatchLogsClient, name: str) -> None:
    """Makes the group that holds a stream for each job."""
    logs.create_log_group(logGroupName=name)


MODULES = {"main-job": "main_job", "background-job": "background_job"}
"""Of each service that the project comes with, its Python module; the stack's outputs have the same word."""

LOCAL_PACE = {
    # A drain waits for the poll in flight: short polls make a quick end.
    "POLL_WAIT_SECONDS": "1",
    "GRACE_SECONDS": "5",
    "JOB_LOG_FLUSH_SECONDS": "3",
    "SETTLE_FLUSH_SECONDS": "3",
    "TELEMETRY_FLUSH_SECONDS": "2",
    # A person watches: retries come after a second instead of minutes.
    "RETRY_FIRST_SECONDS": "0.1",
    "RETRY_MAX_SECONDS": "1",
    "UNSUPPORTED_FIRST_SECONDS": "0.1",
    "JOB_LOG_LINGER_SECONDS": "0.5",
    "OTEL_BSP_SCHEDULE_DELAY": "200",
    "OTEL_METRIC_EXPORT_INTERVAL": "2000",
    # moto has no limit on new streams, and can hand the same message to two receives that overlap.
    "JOB_LOG_STREAMS_PER_SECOND": "1000",
    "MAX_POLLS": "1",
}
"""How a local run differs from the defaults. Everything else is as in production."""


@dataclass(frozen=True)
class Resources:
    """Queues, log group and endpoints that the services use."""

    aws: LocalAws
    triggers: QueuePair
    jobs: QueuePair
    job_log_group: str
    otlp_endpoint: str


def service_environ(
    resources: Resources, name: str, folder: Path, own: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """The whole environment of one service, which reads the variables that it knows. `own`: what a person gives it."""
    return {
        **LOCAL_PACE,
        **own,
        **resources.aws.environ(),
        "MAIN_JOB_TRIGGERS_QUEUE_URL": resources.triggers.url,
        "MAIN_JOB_TRIGGERS_DLQ_URL": resources.triggers.dead_letter_url,
        "BACKGROUND_JOBS_QUEUE_URL": resources.jobs.url,
        "BACKGROUND_JOBS_DLQ_URL": resources.jobs.dead_letter_url,
        "JOB_LOG_GROUP": resources.job_log_group,
        "MAX_RECEIVE_COUNT": str(MAX_RECEIVE_COUNT),
        "MAX_MESSAGE_BYTES": str(MAX_MESSAGE_BYTES),
        "HEALTH_FILE": str(folder / f"{name}.health"),
        "OTEL_EXPORTER_OTLP_ENDPOINT": resources.otlp_endpoint,
    }


def start_services(
    processes: Processes, resources: Resources, env_file: Mapping[str, str] = MappingProxyType({})
) -> list[Child]:
    """Starts the main job and the background job, each as a process, with the variables of `env_file` (`given`)."""
    children = []
    for name, module in MODULES.items():
        own = given(import_module(f"{module}.__main__").SERVICE.own_names, env_file)
        environ = service_environ(resources, name, processes.folder, own)
        children.append(processes.start(name, [sys.executable, "-m", module], environ))
    return children
