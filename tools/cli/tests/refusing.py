"""An AWS that refuses a call as the real one does, with its own words, and has another AWS answer all others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

from localaws.ecs_agent.upstream import Upstream
from localaws.http_server import HttpServer


@dataclass
class Refusing:
    """`refusals`: by the call's name, the code and the message that it is answered with. `asked`: the calls that were refused, as often."""

    endpoint: str = ""
    refusals: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def refusing(behind: str) -> Iterator[Refusing]:
    """On loopback, in front of `behind`."""
    said, upstream = Refusing(), Upstream(behind)

    async def answer(request: web.Request) -> web.StreamResponse:
        call = request.headers.get("x-amz-target", "").rpartition(".")[2]
        if call not in said.refusals:
            return await upstream.pass_on(request)
        said.asked.append(call)
        code, message = said.refusals[call]
        answer = {"__type": code, "message": message}
        return web.json_response(answer, status=400, headers={"X-Amzn-ErrorType": code})

    server = HttpServer(answer, "refusing", context=upstream.session)
    said.endpoint = f"http://127.0.0.1:{server.port}"
    try:
        yield said
    finally:
        server.close()
