"""Receiver of the bench's telemetry: answers every OTLP/HTTP export with 200 and counts bytes (`python -m devkit.bench.sink`).

A process of its own on loopback, so that it runs beside the measured one. It does not decode what it gets. SIGTERM ends it; then it prints its count.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Self

from aiohttp import web

from localaws.http_server import HttpServer
from localaws.server_thread import LOOPBACK

if TYPE_CHECKING:
    from types import TracebackType

_ENDS = (signal.SIGTERM, signal.SIGINT)


class Sink:
    """The sink as a process, on `cpu` where the system can pin. `received_bytes` is known once the context was left."""

    def __init__(self, cpu: int | None) -> None:
        self._command = [sys.executable, "-m", "devkit.bench.sink", *([] if cpu is None else [str(cpu)])]
        self.received_bytes = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.pid = self._process.pid
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the sink ended before it listened")
        self.endpoint = f"http://{LOOPBACK}:{int(line)}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self.received_bytes = int(self._process.communicate()[0] or 0)


def main() -> None:
    """Serve until SIGTERM."""
    if len(sys.argv) > 1:
        os.sched_setaffinity(0, {int(sys.argv[1])})
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    received = 0

    async def take(request: web.Request) -> web.Response:
        nonlocal received
        received += len(await request.read())
        return web.Response(content_type="application/x-protobuf")

    server = HttpServer(take, "sink")
    print(server.port, flush=True)
    signal.sigwait(_ENDS)
    server.close()
    print(received)


if __name__ == "__main__":
    main()
