"""A tiny ECS agent on the loopback interface."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

WAIT_SECONDS = 10


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    content_type: str | None
    body: dict[str, Any]


@dataclass
class AgentServer:
    """Records every call, then answers as the ECS agent does, or with what `answers` holds next."""

    uri: str = ""
    calls: queue.Queue[Call] = field(default_factory=queue.Queue)
    answers: queue.Queue[tuple[int, bytes]] = field(default_factory=queue.Queue)
    may_answer: threading.Event = field(default_factory=threading.Event)

    def next_call(self) -> Call:
        """Waits for the next call; fails the test where none comes."""
        return self.calls.get(timeout=WAIT_SECONDS)

    def will_answer(self, status: int, body: object) -> None:
        self.answers.put((status, body if isinstance(body, bytes) else json.dumps(body).encode()))


@pytest.fixture
def agent_server() -> Iterator[AgentServer]:
    agent = AgentServer()
    agent.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            agent.calls.put(Call(self.command, self.path, self.headers["Content-Type"], body))
            agent.may_answer.wait(WAIT_SECONDS)
            try:
                status, answer = agent.answers.get_nowait()
            except queue.Empty:
                protection = {
                    "ProtectionEnabled": body["ProtectionEnabled"],
                    "TaskArn": "arn:aws:ecs:::task/1",
                }
                status, answer = 200, json.dumps({"protection": protection}).encode()
            with suppress(ConnectionError):  # the caller may have given up
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            """Silent: what was called is in `calls`."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        agent.uri = f"http://127.0.0.1:{server.server_port}/api/0123abcd"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield agent
        agent.may_answer.set()
        server.shutdown()
        thread.join()
