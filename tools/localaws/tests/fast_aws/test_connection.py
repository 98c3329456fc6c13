"""The HTTP server with requests in pieces, pipelined, with Expect, malformed, and cut off."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_sqs import SQSClient

    from localaws.fast_aws import FastAws


@pytest.fixture
def wire(aws: FastAws) -> Iterator[socket.socket]:
    address = urlsplit(aws.endpoint)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=5) as opened:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield opened


def request(target: str, body: bytes, *headers: str) -> bytes:
    head = ["POST / HTTP/1.1", f"x-AMZ-target: {target}", f"content-LENGTH: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def answers(wire: socket.socket, count: int) -> list[tuple[int, bytes]]:
    with wire.makefile("rb") as stream:
        return [_answer(stream) for _ in range(count)]


def _answer(stream: object) -> tuple[int, bytes]:
    readline, read = stream.readline, stream.read  # type: ignore[attr-defined]
    status = int(readline().split(b" ")[1])
    length = 0
    while (line := readline().strip()) != b"":
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return status, read(length)


def test_a_request_may_arrive_byte_by_byte(wire: socket.socket) -> None:
    for byte in request("AmazonSQS.CreateQueue", b'{"QueueName":"q"}'):
        wire.sendall(bytes([byte]))
    assert [status for status, _ in answers(wire, 1)] == [200]


def test_requests_sent_ahead_are_answered_in_order(wire: socket.socket) -> None:
    body = b'{"QueueName":"q%d"}'
    wire.sendall(b"".join(request("AmazonSQS.CreateQueue", body % i) for i in range(50)))
    for i, (status, answer) in enumerate(answers(wire, 50)):
        assert status == 200
        assert answer.endswith(b'/q%d"}' % i)


def test_a_client_that_expects_100_is_told_to_continue(wire: socket.socket) -> None:
    whole = request("AmazonSQS.CreateQueue", b'{"QueueName":"q"}', "Expect: 100-continue")
    wire.sendall(whole[:-2])
    assert wire.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.sendall(whole[-2:])
    assert [status for status, _ in answers(wire, 1)] == [200]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: ten\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"nonsense\r\n\r\n", 400),
        (b"x" * 70_000, 431),
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_closed(wire: socket.socket, raw: bytes, status: int) -> None:
    wire.sendall(raw)
    assert answers(wire, 1) == [(status, b"")]
    assert wire.recv(1) == b""


def test_an_unknown_operation_is_named_in_the_answer(wire: socket.socket) -> None:
    wire.sendall(request("AmazonSQS.TagQueue", b"{}") + request("Logs_20140328.PutMetricFilter", b"{}"))
    for target, (status, body) in zip(("TagQueue", "PutMetricFilter"), answers(wire, 2), strict=True):
        assert status == 400
        assert b"UnknownOperationException" in body
        assert target.encode() in body


def test_a_body_that_is_no_json_object_is_refused(wire: socket.socket) -> None:
    wire.sendall(request("AmazonSQS.CreateQueue", b"[]") + request("AmazonSQS.CreateQueue", b"{"))
    assert [status for status, _ in answers(wire, 2)] == [400, 400]


@pytest.mark.parametrize("latency_ms", [0, 30])
def test_a_waiting_receive_whose_client_is_gone_takes_no_message(
    wire: socket.socket, sqs: SQSClient, url: str, aws: FastAws, latency_ms: float
) -> None:
    aws.faults(latency_ms={"ReceiveMessage": latency_ms})
    body = b'{"QueueUrl":"%s","WaitTimeSeconds":20}' % url.encode()
    wire.sendall(request("AmazonSQS.ReceiveMessage", body))
    until_open(aws, 1)
    wire.close()
    until_open(aws, 0)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert aws.queues()["jobs"] == {"visible": 1, "in_flight": 0, "delayed": 0}


def until_open(aws: FastAws, count: int) -> None:
    deadline = time.monotonic() + 30
    while aws.calls()["operations"].get("ReceiveMessage", {}).get("open") != count:
        assert time.monotonic() < deadline, f"never {count} receives open"
