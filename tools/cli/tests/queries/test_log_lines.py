"""FilterLogEvents as it answers on a bad day: empty pages with tokens, a token that comes again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from aiohttp import web

from jobqueue.client.log_lines import Follower, log_lines
from localaws.http_server import HttpServer

DUMMY: Any = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
Page = tuple[list[str], str | None]


@pytest.fixture
def answering() -> Iterator[tuple[Any, dict[str, Page]]]:
    """A client, and what a call with that token is answered with; an empty token: the first call. The time of an event is its place in the page."""
    pages: dict[str, Page] = {}

    async def answer(request: web.Request) -> web.Response:
        texts, token = pages[json.loads(await request.read()).get("nextToken", "")]
        events = [
            {"eventId": text, "timestamp": place, "logStreamName": "s", "message": text}
            for place, text in enumerate(texts)
        ]
        said = {"events": events} | ({} if token is None else {"nextToken": token})
        return web.json_response(said, content_type="application/x-amz-json-1.1")

    server = HttpServer(answer, "logs")
    logs = boto3.client("logs", endpoint_url=f"http://127.0.0.1:{server.port}", **DUMMY)

    yield logs, pages
    logs.close()
    server.close()


@pytest.fixture
def read(answering: tuple[Any, dict[str, Page]]) -> Callable[[dict[str, Page]], list[str]]:
    """The texts that are read from these answers."""

    def reading(said: dict[str, Page]) -> list[str]:
        logs, pages = answering
        pages.clear()
        pages.update(said)
        return [line.text for line in log_lines(logs, "g", 0)]

    return reading


def test_pages_without_events_are_gone_through(read: Callable[[dict[str, Page]], list[str]]) -> None:
    assert read({"": ([], "1"), "1": ([], "2"), "2": (["a"], "3"), "3": ([], None)}) == ["a"]


def test_the_same_token_twice_is_the_end_and_what_came_is_shown(read: Callable[[dict[str, Page]], list[str]]) -> None:
    assert read({"": (["a"], "1"), "1": (["b"], "1")}) == ["a", "b"]


def test_tokens_that_go_round_end_too(read: Callable[[dict[str, Page]], list[str]]) -> None:
    assert read({"": ([], "1"), "1": (["a"], "2"), "2": (["b"], "1")}) == ["a", "b"]


def test_who_follows_gets_each_line_once_and_those_that_appear_late(answering: tuple[Any, dict[str, Page]]) -> None:
    logs, pages = answering
    follower = Follower(logs, "g")
    shown = []
    for texts in (["a"], ["a"], ["late", "a", "b"], ["late", "a", "b"]):
        pages[""] = (texts, None)
        shown.append([line.text for line in follower.fresh()])
    assert shown == [["a"], [], ["late", "b"], []]
