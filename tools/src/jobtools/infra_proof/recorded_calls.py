"""What does a service call? An endpoint between it and the local AWS that keeps every call. Layer: tools; threads of its own, read from any.

Passes everything on as it stands, so that the service's own client, signatures and protocol are the ones that production uses. It is also the ECS
agent, as far as task protection goes:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

ANSWER_SECONDS = 40
"""Above a long poll's 20 s."""
PROTECTION_PATH = "/task-protection/v1/state"
_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_HOP = {"connection", "transfer-encoding", "content-length", "host", "date", "server"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the service as it is signed for, the operation as botocore names it, its parameters."""

    service: str
    operation: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """How calls of one operation are answered instead of being passed on: the next one, or with `until` all of them until the service makes a call
    of that other operation. `code` is an error code of the service.
    """

    operation: str
    status: int
    code: str
    until: str | None = None


class Recorder:
    """Owns the endpoint and what came through it while it is entered. `endpoint` is for AWS_ENDPOINT_URL, `agent` for ECS_AGENT_URI."""

    def __init__(self, upstream: str) -> None:
        self._lock = Lock()
        self._calls: list[Call] = []
        self._refusals: list[Refusal] = []
        self._server = _Server(self, upstream)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="recorder", daemon=True)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.agent = f"{self.endpoint}/agent"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def calls(self) -> list[Call]:
        """Every call so far, refused ones too: they need the same rights."""
        with self._lock:
            return list(self._calls)

    def refuse(self, refusal: Refusal) -> None:
        """From now on, as it says."""
        with self._lock:
            self._refusals.append(refusal)

    def refusals_left(self) -> int:
        """Refusals that are not over yet."""
        with self._lock:
            return len(self._refusals)

    def keep(self, call: Call) -> Refusal | None:
        """Keeps it; says whether it is to be refused."""
        with self._lock:
            self._calls.append(call)
            self._refusals = [refusal for refusal in self._refusals if refusal.until != call.operation]
            for refusal in self._refusals:
                if refusal.operation == call.operation:
                    if refusal.until is None:
                        self._refusals.remove(refusal)
                    return refusal
        return None


class _Server(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, recorder: Recorder, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.recorder = recorder
        address = urlsplit(upstream)
        self.upstream = (str(address.hostname), address.port)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """A call of an AWS API."""
        body = self._body()
        refusal = self.server.recorder.keep(read_call(dict(self.headers.items()), body))
        if refusal is not None:
            self._answer(
                refusal.status, json.dumps({"__type": refusal.code, "message": "refused for the proof"}).encode()
            )
            return
        connection = HTTPConnection(*self.server.upstream, timeout=ANSWER_SECONDS)
        try:
            connection.request("POST", self.path, body, dict(self.headers.items()))
            with connection.getresponse() as answer:
                kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
                self._answer(answer.status, answer.read(), kept)
        except (OSError, HTTPException):
            self.close_connection = True  # as a server that went away
        finally:
            connection.close()

    def do_PUT(self) -> None:
        """A call of the ECS agent: ECS itself is asked with the task's role."""
        wish = json.loads(self._body())
        self.server.recorder.keep(Call("ecs", "UpdateTaskProtection", wish))
        self._answer(200, json.dumps({"protection": {"ProtectionEnabled": wish["ProtectionEnabled"]}}).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the standard library's name)
        """Says nothing."""

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {"Content-Type": "application/x-amz-json-1.0"}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def read_call(headers: dict[str, str], body: bytes) -> Call:
    """A request of the AWS JSON protocol (SQS, CloudWatch Logs); of another protocol: what is known of it, so that it counts as unforeseen."""
    named = {name.lower(): value for name, value in headers.items()}
    scope = _SCOPE.search(named.get("authorization", ""))
    operation = named.get("x-amz-target", "").rpartition(".")[2]
    try:
        parameters = json.loads(body)
    except ValueError:
        parameters = {}
    return Call(scope[1] if scope else "?", operation or "?", parameters if isinstance(parameters, dict) else {})
