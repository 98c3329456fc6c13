"""A server's event loop in a thread of its own, for code that is not asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread

LOOPBACK = "127.0.0.1"
END_SECONDS = 10.0

Serve = Callable[[asyncio.Event, Callable[[int], None]], Awaitable[None]]
"""Serves until the event is set; calls the function with its port once it listens."""


class ServerThread:
    """Owns a thread and its event loop, which run one server from the making to `close`."""

    def __init__(self, serve: Serve, name: str) -> None:
        """Returns once the server listens. Raises what `serve` raises before that."""
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._port: Future[int] = Future()
        self._thread = Thread(target=self._run, args=(serve,), name=name, daemon=True)
        self._thread.start()
        self.port = self._port.result()

    def close(self) -> None:
        """End the server; returns when its thread has ended. May be called again."""
        with suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(END_SECONDS)

    def _run(self, serve: Serve) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve(serve))
        except BaseException as error:
            if self._port.done():
                raise
            self._port.set_exception(error)

    async def _serve(self, serve: Serve) -> None:
        await serve(self._stop, self._port.set_result)
