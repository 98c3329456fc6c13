"""A small HTTP server for stand-ins: keep-alive, chunked bodies, a thread for each connection.

One thread accepts; it and the connections' threads are gone when `close` returns. `answer` is called on a connection's thread, so
it may block (a long poll) without holding up others, and must be thread-safe. No TLS, no DNS lookup, no log line.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from threading import Lock, Thread
from typing import Any

LOOPBACK = "127.0.0.1"
LOOK_SECONDS = 0.05
"""How long `close` may wait for the accepting thread to notice."""
END_SECONDS = 5.0
"""How long `close` waits for one connection's thread: its socket is shut, what it calls may not know yet."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `headers` are found by name in any case. `body` is complete and as it came: chunks joined, nothing decompressed."""

    method: str
    path: str
    headers: Message
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Content-Length is added; the same header may be there twice."""

    status: int
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = ()


class HttpServer:
    """Owns the listening socket, its connections and their threads from its making to `close`."""

    def __init__(self, answer: Callable[[Request], Answer | None], name: str, host: str = LOOPBACK) -> None:
        """Listens at once, on a free port of `host`. `answer` gives None to cut the connection, as a server that went away.

        Raises:
            OSError: `host` is no address of this machine.
        """
        self._server = _Server(answer, name, host)
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, args=(LOOK_SECONDS,), name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Cut every connection. May be called again."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.cut()


class _Server(TCPServer):
    # Not http.server's own: that one asks the name service who 127.0.0.1 is, which can take seconds.
    request_queue_size = 128

    def __init__(self, answer: Callable[[Request], Answer | None], name: str, host: str) -> None:
        super().__init__((host, 0), _Connection)
        self.answer = answer
        self._name = name
        self._lock = Lock()
        self._open: dict[socket.socket, Thread] = {}

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = Thread(
            target=self._serve, args=(request, client_address), name=f"{self._name}-connection", daemon=True
        )
        with self._lock:
            self._open[request] = thread
        thread.start()

    def _serve(self, request: socket.socket, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except OSError:
            pass  # the client is gone, or `cut` was quicker
        except Exception:  # noqa: BLE001 (a thread's top: told, and only this connection lost)
            self.handle_error(request, client_address)
        finally:
            with self._lock:
                self._open.pop(request, None)
            self.shutdown_request(request)

    def cut(self) -> None:
        """Shuts what is open and waits for the threads."""
        with self._lock:
            opened = dict(self._open)
        for request in opened:
            with suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
        for thread in opened.values():
            thread.join(END_SECONDS)


class _Connection(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body of an answer in one packet

    def _serve(self) -> None:
        try:
            body = self._body()
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST)
            self.close_connection = True
            return
        answer = self.server.answer(Request(self.command, self.path, self.headers, body))
        if answer is None:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 (the standard library's names)

    def handle_expect_100(self) -> bool:
        """Sends "100 Continue" at once: the client waits for it."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the standard library's name)
        """Says nothing."""

    def _body(self) -> bytes:
        """The request's body. Raises ValueError where its framing is wrong."""
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            length = int(self.headers.get("Content-Length", 0))
            if length < 0:
                raise ValueError(length)
            return self._read(length)
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self._read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(chunks)

    def _read(self, size: int) -> bytes:
        body = self.rfile.read(size)
        if len(body) < size:
            raise ConnectionResetError
        return body
