"""The services in a local run, those that the stack declares: queues, job log group and table, made as Terraform makes them, and the environment."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from devkit.given import given
from jobctl.checkout import REPOSITORY, STACK, TERRAFORM
from jobdeploy.declared import Declared, read_declared, upper
from jobdeploy.terraform_files import read_file

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


def make_job_table(dynamodb: Any, name: str) -> str:
    """Makes `{name}-jobs`, the table of job records, with Terraform's key and indexes; gives its name."""
    (block,) = read_file(REPOSITORY / TERRAFORM / "modules/job-records/main.tf")["resource"]
    table = block["aws_dynamodb_table"]["this"]
    indexes = [
        {
            "IndexName": index["name"],
            "KeySchema": _key_schema(index),
            "Projection": {"ProjectionType": index["projection_type"]}
            | ({"NonKeyAttributes": index["non_key_attributes"]} if "non_key_attributes" in index else {}),
        }
        for index in table.get("global_secondary_index", ())
    ]
    dynamodb.create_table(
        TableName=f"{name}-jobs",
        BillingMode=table["billing_mode"],
        KeySchema=_key_schema(table),
        AttributeDefinitions=[
            {"AttributeName": one["name"], "AttributeType": one["type"]} for one in table["attribute"]
        ],
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    )
    return f"{name}-jobs"


def _key_schema(block: Mapping[str, Any]) -> list[dict[str, str]]:
    kinds = {"hash_key": "HASH", "range_key": "RANGE"}
    return [{"AttributeName": block[key], "KeyType": kind} for key, kind in kinds.items() if key in block]


TRIGGERS = "main-job-triggers"
"""The queue that triggers are sent to."""


def declared_services() -> Mapping[str, Declared]:
    """All services by their names, as this checkout's stack declares them."""
    return read_declared(REPOSITORY / TERRAFORM / STACK)


def further_queues() -> dict[str, str]:
    """The queues of services that the project does not come with: its own may send to them. By the name of each's URL in the environment."""
    queues = [one.receives for name, one in declared_services().items() if name not in ("main-job", "background-job")]
    return {f"{upper(queue)}_QUEUE_URL": queue for queue in queues}


def module_of(service: str) -> str:
    """The Python module of a service."""
    return service.replace("-", "_")


def make_queues(sqs: SQSClient, prefix: str) -> dict[str, QueuePair]:
    """The queue of every service, by the name that the stack has for it."""
    return {one.receives: make_queue_pair(sqs, f"{prefix}{one.receives}") for one in declared_services().values()}


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
    """Queues, log group, table and endpoints that the services use. `queues` by the names that the stack has for them."""

    aws: LocalAws
    queues: Mapping[str, QueuePair]
    job_log_group: str
    otlp_endpoint: str
    job_table: str = ""
    """Empty: there are no job records."""
    event_bus: str = ""
    """Empty: no event tells of a job's end."""

    @property
    def triggers(self) -> QueuePair:
        """Where triggers go."""
        return self.queues[TRIGGERS]


def service_environ(
    resources: Resources, name: str, folder: Path, own: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """The whole environment of one service, which reads the variables that it knows. `own`: what a person gives it."""
    return {
        **LOCAL_PACE,
        **own,
        **resources.aws.environ(),
        **{f"{upper(name)}_QUEUE_URL": queue.url for name, queue in resources.queues.items()},
        **{f"{upper(name)}_DLQ_URL": queue.dead_letter_url for name, queue in resources.queues.items()},
        "JOB_LOG_GROUP": resources.job_log_group,
        **({"JOB_TABLE": resources.job_table} if resources.job_table else {}),
        **({"JOB_EVENTS_BUS": resources.event_bus} if resources.event_bus else {}),
        "MAX_RECEIVE_COUNT": str(MAX_RECEIVE_COUNT),
        "MAX_MESSAGE_BYTES": str(MAX_MESSAGE_BYTES),
        "HEALTH_FILE": str(folder / f"{name}.health"),
        "OTEL_EXPORTER_OTLP_ENDPOINT": resources.otlp_endpoint,
    }


def start_services(
    processes: Processes, resources: Resources, env_file: Mapping[str, str] = MappingProxyType({})
) -> list[Child]:
    """Starts the services that receive from these queues, each as a process, with the variables of `env_file` (`given`)."""
    children = []
    for name, one in declared_services().items():
        if one.receives not in resources.queues:
            continue
        module = module_of(name)
        own = given(import_module(f"{module}.__main__").SERVICE.own_names, env_file)
        environ = service_environ(resources, name, processes.folder, own)
        children.append(processes.start(name, [sys.executable, "-m", module], environ))
    return children
