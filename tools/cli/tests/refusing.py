"""An AWS that refuses a call as the real one does, with its own words, and has another AWS answer all others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from localaws.ecs_agent.protection import json_answer
from localaws.ecs_agent.upstream import Upstream
from localaws.http_server import Answer, HttpServer, Request


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

    def answer(request: Request) -> Answer | None:
        call = (request.headers.get("x-amz-target") or "").rpartition(".")[2]
        if call not in said.refusals:
            return upstream.pass_on(request)
        said.asked.append(call)
        code, message = said.refusals[call]
        return json_answer(400, {"__type": code, "message": message}, (("X-Amzn-ErrorType", code),))

    server = HttpServer(answer, "refusing")
    said.endpoint = f"http://127.0.0.1:{server.port}"
    try:
        yield said
    finally:
        upstream.close()
        server.close()
