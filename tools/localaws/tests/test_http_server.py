"""The small HTTP server: requests as clients send them, and its end."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, RemoteDisconnected
from threading import Event, Thread

import pytest

from localaws.http_server import LOOPBACK, Answer, HttpServer, Request

SECONDS = 5


class Seen:
    def __init__(self) -> None:
        self.held = Event()
        self.go_on = Event()

    def answer(self, request: Request) -> Answer | None:
        if request.path == "/hold":
            self.held.set()
            self.go_on.wait(SECONDS)
        if request.path == "/cut":
            return None
        return Answer(200, request.body, [("X-Method", request.method), ("X-Twice", "1"), ("X-Twice", "2")])


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def server(seen: Seen) -> Iterator[HttpServer]:
    running = HttpServer(seen.answer, "test")
    yield running
    seen.go_on.set()
    running.close()


@pytest.fixture
def client(server: HttpServer) -> Iterator[HTTPConnection]:
    with closing(HTTPConnection(LOOPBACK, server.port, timeout=SECONDS)) as connection:
        yield connection


def test_one_connection_serves_many_requests_of_any_method(client: HTTPConnection) -> None:
    for method in ("GET", "PUT", "POST", "DELETE"):
        client.request(method, "/", b"x" * 100_000)
        with client.getresponse() as answer:
            assert (answer.read(), answer.getheader("X-Method")) == (b"x" * 100_000, method)
            assert answer.msg.get_all("X-Twice") == ["1", "2"]


def test_a_chunked_body_is_joined(client: HTTPConnection) -> None:
    client.request("POST", "/", iter([b"one", b"two" * 5000]), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    assert client.getresponse().read() == b"one" + b"two" * 5000
    client.request("POST", "/", b"next")
    assert client.getresponse().read() == b"next"


def test_a_client_that_waits_for_leave_to_send_gets_it(server: HttpServer) -> None:
    with socket.create_connection((LOOPBACK, server.port), SECONDS) as raw:
        raw.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 100")
        raw.sendall(b"ok")
        assert raw.recv(1000).endswith(b"ok")


@pytest.mark.parametrize("framing", [b"Content-Length: x", b"Content-Length: -1", b"Transfer-Encoding: chunked"])
def test_a_body_without_a_frame_is_refused(server: HttpServer, framing: bytes) -> None:
    with socket.create_connection((LOOPBACK, server.port), SECONDS) as raw:
        raw.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\nno number\r\n")
        assert b" 400 " in raw.recv(1000)


def test_no_answer_is_a_connection_that_is_cut(client: HTTPConnection) -> None:
    client.request("GET", "/cut")
    with pytest.raises(RemoteDisconnected):
        client.getresponse()


def test_a_request_that_is_held_holds_up_nobody(server: HttpServer, seen: Seen, client: HTTPConnection) -> None:
    with closing(HTTPConnection(LOOPBACK, server.port, timeout=SECONDS)) as patient:
        patient.request("GET", "/hold")
        assert seen.held.wait(SECONDS)
        client.request("GET", "/")
        assert client.getresponse().status == 200
        seen.go_on.set()
        assert patient.getresponse().status == 200


def test_closing_cuts_connections_that_are_idle_and_may_be_repeated(server: HttpServer, client: HTTPConnection) -> None:
    client.request("GET", "/")
    client.getresponse().read()
    closer = Thread(target=server.close)
    closer.start()
    closer.join(SECONDS)
    assert not closer.is_alive()
    assert client.sock is not None
    assert client.sock.recv(1) == b""
    server.close()


def test_an_address_that_is_not_ours_is_an_error() -> None:
    with pytest.raises(OSError):
        HttpServer(Seen().answer, "test", "192.0.2.1")
