"""Does the endpoint in between keep every call, pass it on as it stands, and refuse what it is told to?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from jobqueue.ecs.agent import Agent
from jobtools.infra_proof.recorded_calls import Call, Recorder, Refusal, read_call

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/sqs/aws4_request, Signature=0"}


class _Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("X-Target", self.headers["X-Amz-Target"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class _Server(HTTPServer):
    def server_bind(self) -> None:
        self.socket.bind(self.server_address)  # HTTPServer's own asks the name service who 127.0.0.1 is
        self.server_address = self.socket.getsockname()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    upstream = _Server(("127.0.0.1", 0), _Echo)
    thread = Thread(target=upstream.serve_forever, args=(0.01,))
    thread.start()
    with Recorder(f"http://127.0.0.1:{upstream.server_address[1]}") as running:
        yield running
    upstream.shutdown()
    thread.join()
    upstream.server_close()


def call(recorder: Recorder, operation: str, **parameters: Any) -> tuple[int, dict[str, Any], str | None]:
    address = urlsplit(recorder.endpoint)
    connection = HTTPConnection(str(address.hostname), address.port, timeout=5)
    headers = {**SIGNED, "X-Amz-Target": f"AmazonSQS.{operation}"}
    connection.request("POST", "/", json.dumps(parameters), headers)
    with connection.getresponse() as answer:
        found = answer.status, json.loads(answer.read()), answer.getheader("X-Target")
    connection.close()
    return found


def test_a_call_is_passed_on_and_kept(recorder: Recorder) -> None:
    assert call(recorder, "SendMessage", QueueUrl="q") == (200, {"QueueUrl": "q"}, "AmazonSQS.SendMessage")
    assert recorder.calls() == [Call("sqs", "SendMessage", {"QueueUrl": "q"})]


def test_only_the_next_call_of_an_operation_is_refused_and_it_is_kept_too(recorder: Recorder) -> None:
    recorder.refuse(Refusal("SendMessage", 503, "ServiceUnavailable"))
    assert call(recorder, "ReceiveMessage")[0] == 200
    status, said, _ = call(recorder, "SendMessage")
    assert (status, said["__type"]) == (503, "ServiceUnavailable")
    assert call(recorder, "SendMessage")[0] == 200
    assert [one.operation for one in recorder.calls()] == ["ReceiveMessage", "SendMessage", "SendMessage"]
    assert recorder.refusals_left() == 0


def test_a_refusal_with_an_end_lasts_until_then(recorder: Recorder) -> None:
    recorder.refuse(Refusal("SendMessage", 503, "ServiceUnavailable", until="ChangeMessageVisibility"))
    statuses = [call(recorder, "SendMessage")[0] for _ in range(2)]
    assert recorder.refusals_left() == 1
    call(recorder, "ChangeMessageVisibility")
    assert [*statuses, call(recorder, "SendMessage")[0]] == [503, 503, 200]


def test_it_answers_as_the_ecs_agent_does(recorder: Recorder) -> None:
    Agent(recorder.agent).set_protection(enabled=True, expires_minutes=10, timeout_seconds=5)
    assert recorder.calls() == [
        Call("ecs", "UpdateTaskProtection", {"ProtectionEnabled": True, "ExpiresInMinutes": 10})
    ]


def test_a_call_of_another_protocol_is_kept_as_unknown() -> None:
    assert read_call({}, b"Action=SendMessage") == Call("?", "?", {})
