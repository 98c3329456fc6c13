"""aiohttp servers for code that is not asynchronous: each runs in a thread of its own, on loopback unless told otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread

from aiohttp import web

LOOPBACK = "127.0.0.1"
MAX_BODY_BYTES = 64 * 1_048_576
CUT_SECONDS = 0.05
"""How long a request in progress may go on when its server is closed."""
END_SECONDS = 10.0

Serve = Callable[[asyncio.Event, Callable[[int], None]], Awaitable[None]]
"""Serves until the event is set; calls the function with its port once it listens."""
Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


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


class HttpServer(ServerThread):
    """A server whose every request goes to one handler, which runs on the server's own thread and must not block it.

    A request's body is as it came: nothing is decompressed.
    """

    def __init__(
        self,
        handle: Handle,
        name: str,
        host: str = LOOPBACK,
        context: Callable[[web.Application], AsyncIterator[None]] | None = None,
    ) -> None:
        """Listens at once, on a free port of `host`. `context` is entered and left with the server, on its thread.

        Raises:
            OSError: `host` is no address of this machine.
        """

        async def serve(stop: asyncio.Event, listening: Callable[[int], None]) -> None:
            application = web.Application(client_max_size=MAX_BODY_BYTES)
            application.router.add_route("*", "/{path:.*}", handle)
            if context is not None:
                application.cleanup_ctx.append(context)
            runner = web.AppRunner(application, access_log=None, auto_decompress=False, shutdown_timeout=CUT_SECONDS)
            await runner.setup()
            try:
                await web.TCPSite(runner, host, 0).start()
                listening(runner.addresses[0][1])
                await stop.wait()
            finally:
                await runner.cleanup()

        super().__init__(serve, name)


def cut(request: web.Request) -> web.Response:
    """Cut the connection of a request, as a server that went away; returns what its handler returns."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
