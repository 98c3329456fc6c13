"""aiohttp servers, each in a thread of its own, on loopback unless told otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from localaws.server_thread import LOOPBACK, ServerThread

MAX_BODY_BYTES = 64 * 1_048_576
CUT_SECONDS = 0.05
"""How long a request in progress may go on when its server is closed."""

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


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
