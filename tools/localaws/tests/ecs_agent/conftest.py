"""An AWS that tells what reached it, and a registered task definition."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from localaws.ecs_agent import EcsAgent, TaskEndpoint
from localaws.http_server import HttpServer, cut

SECONDS = 5
TASK = "0123456789abcdef0123456789abcdef"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/stack"
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/sqs/aws4_request, Signature=0"}


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Aws:
    """Answers with what it got. `/hold` waits until `go_on`."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.held, self.go_on = Event(), Event()
        self._server = HttpServer(self._answer, "aws")
        self.endpoint = f"http://127.0.0.1:{self._server.port}"

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.requests.append(Received(request.method, request.raw_path, dict(request.headers), body))
        if request.path == "/cut":
            return cut(request)
        if request.path == "/hold":
            self.held.set()
            await asyncio.to_thread(self.go_on.wait, SECONDS)
        return web.Response(status=202, body=body, headers={"X-Amzn-RequestId": "7"})

    def close(self) -> None:
        self.go_on.set()
        self._server.close()


class Client:
    """One connection to an endpoint."""

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
def agent(aws: Aws) -> Iterator[EcsAgent]:
    with EcsAgent(aws.endpoint) as running:
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
def task(agent: EcsAgent, definition: dict[str, Any]) -> TaskEndpoint:
    return agent.task(TASK, "main-job", definition, CLUSTER)


@pytest.fixture
def client(task: TaskEndpoint) -> Iterator[Client]:
    opened = Client(task.aws_endpoint)
    yield opened
    opened.close()
