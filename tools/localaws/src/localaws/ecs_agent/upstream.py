"""Requests passed on to the local AWS, over connections that are used again.

As many connections as there are calls at the same time, so a long poll delays no other call. What the client signed and compressed is passed on
unchanged. A call is never sent twice: it may have had its effect. Called by the door's server threads; each blocks until its answer is there.
"""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from localaws.http_server import Answer

if TYPE_CHECKING:
    from localaws.http_server import Request

ANSWER_SECONDS = 40
"""Above a long poll's 20 s."""
_HOP = {
    "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade", "content-length", "expect",
}  # fmt: skip
"""Headers about one connection (RFC 9110, 7.6.1), and those that are said anew."""


class Upstream:
    """Owns the connections to one server. `close` cuts them, those in use too."""

    def __init__(self, address: str) -> None:
        """`address` is `http://host:port`. Connects when first asked."""
        parts = urlsplit(address)
        self._host, self._port = str(parts.hostname), parts.port
        self._lock = Lock()
        self._idle: list[HTTPConnection] = []
        self._busy: set[HTTPConnection] = set()
        self._closed = False

    def pass_on(self, request: Request) -> Answer | None:
        """The server's answer; None when it gave none."""
        connection = self._take()
        if connection is None:
            return None
        keep = False
        try:
            connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers.items():
                if name.lower() not in _HOP:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body or None)
            with connection.getresponse() as answer:
                headers = [pair for pair in answer.getheaders() if pair[0].lower() not in _HOP]
                found = Answer(answer.status, answer.read(), headers)
                keep = not answer.will_close
        except (OSError, HTTPException):
            return None
        finally:
            self._give_back(connection, keep=keep)
        return found

    def close(self) -> None:
        """Cut every connection; calls in flight get no answer. May be called again."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            for connection in self._busy:
                # Only shut: its own thread closes it.
                with suppress(OSError):
                    if connection.sock is not None:
                        connection.sock.shutdown(socket.SHUT_RDWR)
        for connection in idle:
            connection.close()

    def _take(self) -> HTTPConnection | None:
        with self._lock:
            if self._closed:
                return None
            connection = None
            while self._idle and connection is None:
                connection = self._idle.pop()
                if _is_stale(connection):
                    connection.close()
                    connection = None
            connection = connection or HTTPConnection(self._host, self._port, timeout=ANSWER_SECONDS)
            self._busy.add(connection)
        return connection

    def _give_back(self, connection: HTTPConnection, *, keep: bool) -> None:
        with self._lock:
            self._busy.discard(connection)
            if keep and not self._closed:
                self._idle.append(connection)
                return
        connection.close()


def _is_stale(connection: HTTPConnection) -> bool:
    """Whether an idle connection was closed by the server: nothing but its end can be read from it."""
    sock = connection.sock
    if sock is None:
        return True
    poll = select.poll()  # unlike select, of any file number
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
