"""Minimal HTTP/1.1 server protocol: keep-alive, Content-Length and Expect.

One request at a time on a connection; requests that a client sends ahead wait. Parsing takes little CPU: one search for the end of the head, a few
for the headers that matter. TLS is asyncio's. Chunked request bodies and HTTP/2 are not supported, and signatures are not looked at.
"""

import asyncio
import struct
from collections.abc import Callable
from http import HTTPStatus
from socket import SO_LINGER, SOL_SOCKET
from typing import NamedTuple, Protocol

MAX_HEAD_BYTES = 65_536
MAX_BODY_BYTES = 16 * 1_048_576
"""A batch of 1 MiB whose every character is escaped in JSON (six bytes for one) fits."""

_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Request(NamedTuple):
    method: str
    path: str
    target: str
    """The X-Amz-Target header, or the empty string."""
    body: bytes


class Abandonable(Protocol):
    def abandoned(self) -> None:
        """Called when the connection is lost before its answer."""


class Connection(asyncio.Protocol):
    """One client's socket. `serve` is called with each request and answers it through `answer` or a cut."""

    def __init__(self, serve: Callable[["Connection", Request], None], opened: "set[Connection]") -> None:
        self._serve = serve
        self._opened = opened
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._needed = 0
        self._busy = False
        self._close_after = False
        self.call: Abandonable | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._opened.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._opened.discard(self)
        if self.call is not None:
            self.call.abandoned()

    def data_received(self, chunk: bytes) -> None:
        self._received = self._received + chunk if self._received else chunk
        if not self._busy and len(self._received) >= self._needed:
            self._next()

    def answer(self, status: int, headers: str, body: bytes) -> None:
        self.call = None
        self._busy = False
        if self._transport is None:
            return
        self._transport.write(_head(status, headers, body) + body)
        if self._close_after:
            self._transport.close()
        elif self._received:
            # Not at once: a client that sends a hundred requests ahead must not nest a hundred frames.
            asyncio.get_running_loop().call_soon(self._resume)

    def cut(self) -> None:
        """Close with no answer at all."""
        self.call = None
        self.abort()

    def cut_within(self, status: int, headers: str, body: bytes, *, reset: bool) -> None:
        """Send the head and half of the body, then reset the connection, or close it in good order."""
        self.call = None
        if self._transport is None:
            return
        self._transport.write(_head(status, headers, body) + body[: len(body) // 2])
        if reset:
            socket = self._transport.get_extra_info("socket")
            socket.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        else:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _resume(self) -> None:
        if not self._busy and self._transport is not None and len(self._received) >= self._needed:
            self._next()

    def _next(self) -> None:
        received = self._received
        end = received.find(b"\r\n\r\n")
        if end < 0:
            if len(received) > MAX_HEAD_BYTES:
                self._refuse(431)
            return
        head = received[: end + 2]
        lowered = head.lower()
        length = _header(head, lowered, b"\r\ncontent-length:") or b"0"
        if not length.isdigit() or b"\r\ntransfer-encoding:" in lowered:
            self._refuse(411)
            return
        body_at = end + 4
        total = body_at + int(length)
        if total - body_at > MAX_BODY_BYTES:
            self._refuse(413)
            return
        if len(received) < total:
            if not self._needed and b"\r\nexpect: 100-continue" in lowered and self._transport is not None:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._needed = total
            return
        self._needed = 0
        self._received = received[total:]
        line = head[: head.index(b"\r\n")].decode("latin-1").split(" ")
        if len(line) != 3:
            self._refuse(400)
            return
        self._close_after = b"\r\nconnection: close" in lowered
        self._busy = True
        target = _header(head, lowered, b"\r\nx-amz-target:").decode("latin-1")
        self._serve(self, Request(line[0], line[1], target, received[body_at:total]))

    def _refuse(self, status: int) -> None:
        self._close_after = True
        self._received = b""
        self.answer(status, "", b"")


def _header(head: bytes, lowered: bytes, name: bytes) -> bytes:
    at = lowered.find(name)
    if at < 0:
        return b""
    at += len(name)
    return head[at : head.index(b"\r\n", at)].strip()


def _head(status: int, headers: str, body: bytes) -> bytes:
    return (f"HTTP/1.1 {status} {_REASONS.get(status, '')}\r\n{headers}Content-Length: {len(body)}\r\n\r\n").encode(
        "latin-1"
    )
