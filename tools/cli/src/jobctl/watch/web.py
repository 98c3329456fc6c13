"""The live view for a browser: textual-serve on loopback; each browser tab is a `jobctl watch` of its own.

The view can send letters back, so nobody else may use it: it listens on 127.0.0.1 only, the address has a key that becomes a cookie, and requests
of other pages (Origin) or under other names (Host, against DNS rebinding) are refused. Fonts and scripts are textual-serve's own files. Its page
loads a font from Google, so it is replaced by one here, and a Content-Security-Policy limits a browser to this server.
"""

from __future__ import annotations

import asyncio
import secrets
import shlex
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from textual_serve.server import Server

from jobctl.errors import CommandError

if TYPE_CHECKING:
    from jobctl.cli import Cli
    from jobctl.session import SessionOptions

HOST = "127.0.0.1"
KEY_BYTES = 16
END_SECONDS = 5.0
"""How long a view may take to end after its connection is closed; one that redrives finishes the letters it has received after that."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LoopbackServer(Server):
    """Serves one command to browsers that have the key."""

    def __init__(self, command: str, port: int, title: str) -> None:
        super().__init__(command, HOST, port, title, templates_path=Path(__file__).parent / "page")
        self.key = secrets.token_urlsafe(KEY_BYTES)
        self._views: set[asyncio.Task[object]] = set()

    @property
    def address(self) -> str:
        """The URL to open, with the key."""
        return f"{self.public_url}/?key={self.key}"

    async def app(self) -> web.Application:
        """textual-serve's application, with the guard as middleware."""
        app = await self._make_app()

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guard(request, handler)

        app.middlewares.append(guard)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Prints nothing, unlike textual-serve; the address is printed when the port is open."""

    async def on_shutdown(self, app: web.Application) -> None:
        """Ends the views, for whose connections aiohttp would wait otherwise."""
        for view in self._views:
            view.cancel()
        if self._views:
            await asyncio.wait(self._views, timeout=END_SECONDS)

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Runs one view until its tab is closed."""
        view = asyncio.current_task()
        assert view is not None
        self._views.add(view)
        try:
            return await super().handle_websocket(request)
        finally:
            self._views.discard(view)

    @property
    def _cookie(self) -> str:
        return f"jobs-watch-{self.port}"  # cookies do not know ports

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Host") != f"{HOST}:{self.port}" or request.headers.get("Origin", self.public_url) != (
            self.public_url
        ):
            return web.Response(status=403, text="Use the address that `jobctl watch --web` printed.\n")
        if compare_digest(request.query.get("key", ""), self.key) and request.path == "/":
            found = web.Response(status=303, headers={"Location": "/"})
            found.set_cookie(self._cookie, self.key, httponly=True, samesite="Strict")
            return found
        if not compare_digest(request.cookies.get(self._cookie, ""), self.key):
            return web.Response(
                status=403, text="Open the whole address that `jobctl watch --web` printed, with its key.\n"
            )
        response = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = (
                f"default-src 'self' 'unsafe-inline' data: blob:; connect-src 'self' ws://{HOST}:{self.port}"
            )
            response.headers["Referrer-Policy"] = "no-referrer"
        return response


def serve(cli: Cli, interval_seconds: float, port: int) -> None:
    """Serves the view until Ctrl-C, SIGTERM or SIGHUP; then ends every view.

    Raises:
        CommandError: the port cannot be used.
    """
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        raise CommandError(
            f"Port {port} of {HOST} cannot be used: {error.strerror}.",
            "choose another with --port, or 0 for any free one",
        ) from error
    with listener:
        stack = cli.session.stack.name
        server = LoopbackServer(
            served_command(cli.session.options, interval_seconds), listener.getsockname()[1], f"jobctl watch {stack}"
        )
        asyncio.run(_serve(server, listener, lambda: _tell(cli, server)))


def served_command(options: SessionOptions, interval_seconds: float) -> str:
    """The shell command of a view: the same `jobctl`, for the same stack with the same credentials."""
    command = [sys.executable, "-m", "jobctl"]
    for name in ("project", "environment", "profile", "region", "endpoint_url"):
        value = getattr(options, name)
        if value:
            command += [f"--{name.replace('_', '-')}", value]
    return "exec " + shlex.join([*command, "watch", "--interval", f"{interval_seconds:g}"])


def _tell(cli: Cli, server: LoopbackServer) -> None:
    cli.output.line(f"{cli.session.stack.name} at {server.address}", {"url": server.address})
    cli.output.note("Reachable from this machine only, with the key in the address. Ctrl-C stops it.")


async def _serve(server: LoopbackServer, listener: socket.socket, ready: Callable[[], None]) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    runner = web.AppRunner(await server.app(), shutdown_timeout=END_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        ready()
        await ended.wait()
    finally:
        await runner.cleanup()
