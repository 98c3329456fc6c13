"""An AWS that tells what reached it, and a registered task definition."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from threading import Event, Lock
from typing import Any
from urllib.parse import urlsplit

import pytest

from localaws.ecs_agent import Door, TaskDoor
from localaws.http_server import Answer, HttpServer, Request

SECONDS = 5
TASK = "0123456789abcdef0123456789abcdef"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/stack"
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/sqs/aws4_request, Signature=0"}


class Aws:
    """Answers with what it got. `/hold` waits until `go_on`."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.held, self.go_on = Event(), Event()
        self._lock = Lock()
        self._server = HttpServer(self._answer, "aws")
        self.endpoint = f"http://127.0.0.1:{self._server.port}"

    def _answer(self, request: Request) -> Answer | None:
        with self._lock:
            self.requests.append(request)
        if request.path == "/cut":
            return None
        if request.path == "/hold":
            self.held.set()
            self.go_on.wait(SECONDS)
        return Answer(202, request.body, [("X-Amzn-RequestId", "7"), ("Content-Type", "application/x-amz-json-1.0")])

    def restart(self) -> None:
        """Cuts every connection; listens on."""
        self._server._server.cut()

    def close(self) -> None:
        self.go_on.set()
        self._server.close()


class Client:
    """One connection to a door."""

    def __init__(self, endpoint: str) -> None:
        address = urlsplit(endpoint)
        self._connection = HTTPConnection(str(address.hostname), address.port, timeout=SECONDS)

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        self._connection.request(method, path, body, headers or {})
        with self._connection.getresponse() as answer:
            return answer.status, answer.read()

    def call(self, operation: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
        target = {**SIGNED, "X-Amz-Target": f"AmazonSQS.{operation}"}
        status, body = self.ask("POST", "/", json.dumps(parameters), target)
        return status, json.loads(body)

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def aws() -> Iterator[Aws]:
    running = Aws()
    yield running
    running.close()


@pytest.fixture
def door(aws: Aws) -> Iterator[Door]:
    with Door(aws.endpoint) as running:
        yield running


@pytest.fixture
def definition() -> dict[str, Any]:
    log = {"awslogs-group": "/ecs/main-job", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "ecs"}
    return {
        "family": "stack-main-job",
        "revision": 3,
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [
            {
                "name": "main-job",
                "image": "registry/main-job@sha256:11",
                "cpu": 192,
                "memory": 384,
                "logConfiguration": {"logDriver": "awslogs", "options": log},
            },
            {"name": "collector", "image": "registry/collector:v1", "cpu": 0},
        ],
    }


@pytest.fixture
def task(door: Door, definition: dict[str, Any]) -> TaskDoor:
    return door.task(TASK, "main-job", definition, CLUSTER)


@pytest.fixture
def client(task: TaskDoor) -> Iterator[Client]:
    opened = Client(task.aws_endpoint)
    yield opened
    opened.close()
