"""Context managers that start a stand-in and end it: in a thread of this process, or as a process.

Usable from any thread; `Standin` owns the thread that its server runs in. Leaving the context ends the server within seconds. Both listen on loopback
only.
"""

import asyncio
import os
import selectors
import subprocess
import sys
import threading
import time
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import IO, Self

from localaws.fast_aws.control import Control
from localaws.fast_aws.faults import FaultSettings
from localaws.fast_aws.server import run_until_stopped

_START_SECONDS = 15.0
_STOP_SECONDS = 5.0
_ANNOUNCEMENT = "listening "


class StandinStartError(RuntimeError):
    """The server did not listen in time; the message gives the reason, as far as it is known."""


class Standin(Control):
    """The server in a thread of this process: quick to start, and its CPU is mixed with the caller's."""

    def __init__(self, *, latency_ms: float = 0, seed: int | None = None) -> None:
        super().__init__("")
        self._settings = _settings(latency_ms, seed)
        self._started: SimpleQueue[str | Exception] = SimpleQueue()
        self._stop: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._thread = threading.Thread(target=self._run, name="standin", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            started = self._started.get(timeout=_START_SECONDS)
        except Empty:
            raise StandinStartError(f"the stand-in did not listen in {_START_SECONDS:.0f} s") from None
        if isinstance(started, Exception):
            raise StandinStartError(str(started)) from started
        self.endpoint = started
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stop is not None:
            loop, stop = self._stop
            loop.call_soon_threadsafe(stop.set)
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except (OSError, ValueError) as error:
            self._started.put(error)

    async def _serve(self) -> None:
        stop = asyncio.Event()
        self._stop = (asyncio.get_running_loop(), stop)
        await run_until_stopped(0, self._settings, stop, self._started.put)


class StandinProcess(Control):
    """The server as `python -m localaws.fast_aws`, so that its CPU is its own. `pid` is its process id."""

    def __init__(
        self, *, port: int = 0, latency_ms: float = 0, seed: int | None = None, cpu: int | None = None
    ) -> None:
        super().__init__("")
        self._command = [sys.executable, "-m", "localaws.fast_aws", "--port", str(port)]
        self._command += ["--latency-ms", str(latency_ms)]
        self._command += [] if seed is None else ["--seed", str(seed)]
        self._command += [] if cpu is None else ["--cpu", str(cpu)]
        self._process: subprocess.Popen[bytes] | None = None
        self.pid = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.pid = self._process.pid
        try:
            assert self._process.stdout is not None
            self.endpoint = _announced(self._process.stdout)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _announced(stdout: IO[bytes]) -> str:
    """The endpoint from the process's first line.

    Raises: StandinStartError when the process ends or stays silent; what it wrote to stderr is there to see.
    """
    deadline = time.monotonic() + _START_SECONDS
    line = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise StandinStartError(f"the stand-in said nothing in {_START_SECONDS:.0f} s")
            chunk = os.read(stdout.fileno(), 4096)
            if not chunk:
                raise StandinStartError(f"the stand-in ended before it listened; it said {line!r}")
            line += chunk
    return line.decode().strip().removeprefix(_ANNOUNCEMENT)


def _settings(latency_ms: float, seed: int | None) -> FaultSettings:
    settings: FaultSettings = {"latency_ms": latency_ms}
    if seed is not None:
        settings["seed"] = seed
    return settings
