"""Requests passed on to the local AWS as they came: what the client signed and compressed is unchanged.

A call is never sent twice: it may have had its effect. Used on the event loop of one server.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web
from multidict import CIMultiDict
from yarl import URL

from localaws.http_server import cut

ANSWER_SECONDS = 40
"""Above a long poll's 20 s."""
_HOP = {
    "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade", "content-length", "expect",
}  # fmt: skip
"""Headers about one connection (RFC 9110, 7.6.1), and those that are written anew."""


class Upstream:
    """Owns the client of one server, within `session`."""

    def __init__(self, address: str) -> None:
        """`address` is `http://host:port`."""
        self._address = address
        self._client: ClientSession | None = None

    async def session(self, application: web.Application) -> AsyncIterator[None]:
        """A context of `HttpServer`; at its end calls in flight get no answer."""
        # A connection for each call: moto closes them anyway, and one that it just closed would fail a call.
        connector = TCPConnector(force_close=True, limit=0)
        timeout = ClientTimeout(total=ANSWER_SECONDS)
        async with ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as self._client:
            yield

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        """The server's answer; where it gives none, the connection is cut."""
        assert self._client is not None
        try:
            async with self._client.request(
                request.method,
                URL(self._address + request.raw_path, encoded=True),
                data=await request.read(),
                headers=_passed_on(request.headers),
                skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
                allow_redirects=False,
            ) as answer:
                return web.Response(status=answer.status, body=await answer.read(), headers=_passed_on(answer.headers))
        except (ClientError, TimeoutError):
            return cut(request)


def _passed_on(headers: Mapping[str, str]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in _HOP)
