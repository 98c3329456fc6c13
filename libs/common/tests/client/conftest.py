"""A stack on a moto server: the queue of its triggers, its table, its job log, and the parameter that describes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from jobqueue.client.boto_calls import BotoCalls
from jobqueue.client.places import Clients
from jobqueue.consumer.job_records import Keeping
from jobqueue.dynamodb.job_records import DynamoDbJobRecords

KEYS: Any = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
_numbers = count(1)


@dataclass
class Stack:
    """`environ` names all that there is; `project` is described by a parameter."""

    project: str
    queue_url: str
    table: str
    log_group: str
    clients: Clients

    @property
    def environ(self) -> Mapping[str, str]:
        return {"JOB_QUEUE_URL": self.queue_url, "JOB_TABLE": self.table, "JOB_LOG_GROUPS": self.log_group}

    @property
    def records(self) -> DynamoDbJobRecords:
        """Of a worker."""
        return DynamoDbJobRecords(BotoCalls(self.clients("dynamodb")), self.table, Keeping(345_600, 30))

    def bodies(self) -> list[dict[str, Any]]:
        """What is in the queue, taken out."""
        found = []
        while (
            messages := self.clients("sqs")
            .receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
            .get("Messages")
        ):
            found += [json.loads(one["Body"]) for one in messages]
        return found


@pytest.fixture(scope="session")
def clients() -> Iterator[Clients]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    made = {
        name: boto3.client(name, endpoint_url=f"http://{host}:{port}", **KEYS)  # type: ignore[call-overload]
        for name in ("sqs", "dynamodb", "logs", "ssm")
    }
    yield made.__getitem__
    for client in made.values():
        client.close()
    server.stop()


@pytest.fixture
def stack(clients: Clients) -> Stack:
    from jobqueue.testing.contract.dynamodb_backend import (
        make_table,  # late: another conftest has its assertions rewritten
    )

    project = f"p{next(_numbers)}"
    queue_url = clients("sqs").create_queue(QueueName=f"{project}-triggers")["QueueUrl"]
    clients("logs").create_log_group(logGroupName=f"/ecs/{project}")
    one = Stack(project, queue_url, make_table(BotoCalls(clients("dynamodb"))), f"/ecs/{project}", clients)
    service = {"ecs_service": "s", "log_group": one.log_group, "log_stream_prefix": "s/", "dead_letter_url": "d"}
    document = {
        "format": 1,
        "region": "us-east-1",
        "account": "123456789012",
        "cluster": "c",
        "services": {
            "main": {**service, "job_logs": False, "receives": "t", "sends": ["b"], "queue_url": queue_url},
            "background": {**service, "job_logs": True, "receives": "b", "sends": [], "queue_url": "q"},
        },
        "job_table": one.table,
        "log_groups": {},
        "dashboard": "d",
        "paused_parameter": "p",
    }
    clients("ssm").put_parameter(Name=f"/{project}/dev/stack", Value=json.dumps(document), Type="String")
    return one
