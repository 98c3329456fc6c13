"""An SQS on loopback that answers what a test tells it to, and what reaches it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from jobqueue.aws.service import SQS, Calls
from jobqueue.aws.session import Session

URL = "http://127.0.0.1/123456789012/jobs"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@dataclass
class ScriptedSqs:
    """Its answers in order, each for one operation, and what it was asked."""

    calls: Calls
    answers: deque[tuple[str, int, dict[str, str], bytes]] = field(default_factory=deque)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def will(self, operation: str, answer: dict[str, Any]) -> None:
        self.answers.append((operation, 200, {}, json.dumps(answer).encode()))

    def refuses(
        self, operation: str, code: str, status: int = 400, message: str = "because", *, old: bool = True
    ) -> None:
        """`old`: the code in SQS's older spelling, beside one of the JSON protocol."""
        said = {"__type": "com.amazonaws.sqs#Modelled" if old else f"com.amazonaws.sqs#{code}", "message": message}
        headers = {"x-amzn-query-error": f"{code};Sender"} if old else {}
        self.answers.append((operation, status, headers, json.dumps(said).encode()))

    def answer(self, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(request)
        expected, *answer = self.answers.popleft() if self.answers else ("nothing", 500, {}, b"{}")
        return (answer[0], answer[1], answer[2]) if expected == operation else (500, {}, b"{}")  # type: ignore[return-value]


@pytest.fixture(scope="session")
def served() -> Iterator[ScriptedSqs]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, body = script.answer(self.headers["X-Amz-Target"].rpartition(".")[2], request)
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name of the base class)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        http.block_on_close = False
        Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        environ = {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{http.server_port}"}
        script = ScriptedSqs(Session("us-east-1", environ).service(SQS, seconds=60))
        yield script
        http.shutdown()


@pytest.fixture
def sqs(served: ScriptedSqs) -> Iterator[ScriptedSqs]:
    served.answers.clear()
    served.asked.clear()
    yield served
    assert not served.answers


@pytest.fixture
def unreachable() -> Calls:
    return Session("us-east-1", {**KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}).service(SQS, seconds=60)
