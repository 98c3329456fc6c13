"""Receiver of the bench's telemetry: answers every OTLP/HTTP export with 200 and counts bytes (`python -m devkit.bench.sink`).

A process of its own on loopback, with one thread. It does not decode what it gets, so that it costs next to nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Self

import orjson

if TYPE_CHECKING:
    from types import TracebackType

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n"
_LENGTH = b"content-length:"


class Counts:
    """What came in since the sink began."""

    def __init__(self) -> None:
        self.exports = 0
        self.bytes = 0


class Exporting(asyncio.Protocol):
    """One exporter's connection. GET answers the counts, anything else is an export."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._held = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end].lower()
            size = _content_length(head)
            whole = end + 4 + size
            if len(self._held) < whole:
                return
            self._held = self._held[whole:]
            self._answer(head, size)

    def _answer(self, head: bytes, size: int) -> None:
        body = b""
        if head.startswith(b"get "):
            body = orjson.dumps({"exports": self._counts.exports, "bytes": self._counts.bytes})
        else:
            self._counts.exports += 1
            self._counts.bytes += size
        assert self._transport is not None
        self._transport.write(_OK % len(body) + body)


class Sink:
    """The sink as a process, on `cpu` where the system can pin. Leaving the context ends it."""

    def __init__(self, cpu: int | None) -> None:
        self._command = [sys.executable, "-m", "devkit.bench.sink", *([] if cpu is None else [str(cpu)])]
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self.pid = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.pid = self._process.pid
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the sink ended before it listened")
        self._port = int(line)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            with self._process:
                self._process.terminate()

    @property
    def endpoint(self) -> str:
        """For OTEL_EXPORTER_OTLP_ENDPOINT."""
        return f"http://127.0.0.1:{self._port}"

    def received_bytes(self) -> int:
        """Bytes exported to it so far."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)) as connection:
            connection.request("GET", "/")
            return int(orjson.loads(connection.getresponse().read())["bytes"])


def _content_length(head: bytes) -> int:
    at = head.find(_LENGTH)
    return 0 if at < 0 else int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0])


async def _serve() -> None:
    counts, stop = Counts(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, stop.set)
    server = await loop.create_server(lambda: Exporting(counts), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.sched_setaffinity(0, {int(sys.argv[1])})
    asyncio.run(_serve())
