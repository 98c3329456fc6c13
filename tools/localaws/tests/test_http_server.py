"""The server thread: requests as clients send them, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, RemoteDisconnected
from threading import Thread

import pytest
from aiohttp import web

from localaws.http_server import HttpServer, cut
from localaws.server_thread import LOOPBACK

SECONDS = 5


async def answer(request: web.Request) -> web.Response:
    if request.path == "/cut":
        return cut(request)
    return web.Response(body=await request.read(), headers={"X-Method": request.method})


@pytest.fixture
def server() -> Iterator[HttpServer]:
    running = HttpServer(answer, "test")
    yield running
    running.close()


@pytest.fixture
def client(server: HttpServer) -> Iterator[HTTPConnection]:
    with closing(HTTPConnection(LOOPBACK, server.port, timeout=SECONDS)) as connection:
        yield connection


def test_a_large_body_of_any_method_arrives_as_it_was_sent(client: HTTPConnection) -> None:
    for method in ("PUT", "POST"):
        client.request(method, "/", b"x" * 2_000_000, {"Content-Encoding": "gzip"})
        with client.getresponse() as found:
            assert (found.read(), found.getheader("X-Method")) == (b"x" * 2_000_000, method)


def test_no_answer_is_a_connection_that_is_cut(client: HTTPConnection) -> None:
    client.request("GET", "/cut")
    with pytest.raises(RemoteDisconnected):
        client.getresponse()


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
        HttpServer(answer, "test", "192.0.2.1")
