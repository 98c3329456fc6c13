"""The live view, driven by Textual's pilot; a test waits for what a thread has posted, never for time to pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from textual.message import Message
from textual.pilot import Pilot

from jobctl.cli import Cli
from jobctl.output import Output
from jobctl.queries.dead_letter_queue import DeadLetterQueue
from jobctl.session import Session, SessionOptions
from jobctl.watch.app import WatchApp
from jobctl.watch.reader import Loaded
from jobctl.watch.snapshot import Snapshot
from localaws.aws import REGION

from ..world import ENVIRONMENT, World

M = TypeVar("M", bound=Message)
OFTEN_SECONDS = 0.2
"""Between two refreshes: a test sees the next one soon."""
PROGRESS_AFTER_SECONDS = 60.0
"""For a whole story, on a machine that does other things too."""


class Viewer:
    """A person before the view."""

    def __init__(self, pilot: Pilot[None], heard: asyncio.Queue[Message]) -> None:
        self.pilot = pilot
        self._heard = heard

    @property
    def app(self) -> WatchApp:
        app = self.pilot.app
        assert isinstance(app, WatchApp)
        return app

    async def posted(self, kind: type[M], meant: Callable[[M], bool] = lambda _: True) -> M:
        """The next message of that kind that is meant, once it was handled."""
        while True:
            message = await self._heard.get()
            if isinstance(message, kind) and meant(message):
                await self.pilot.pause()
                return message

    async def snapshot(self, meant: Callable[[Snapshot], bool] = lambda _: True) -> Snapshot:
        """The next one that is meant."""
        found = await self.posted(Loaded, lambda one: isinstance(one.value, Snapshot) and meant(one.value))
        value: Snapshot = found.value
        return value

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def lines(self) -> list[str]:
        """What a person reads."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    def text(self) -> str:
        return "\n".join(self.lines())


def call_to(one: World) -> Cli:
    """As the command line gives it."""
    options = SessionOptions(one.project, ENVIRONMENT, region=REGION, endpoint_url=one.endpoint)
    return Cli(Session(options, {}), Output())


def watch(one: World, story: Callable[[Viewer], Coroutine[Any, Any, None]], size: tuple[int, int] = (80, 24)) -> None:
    """Runs the view on a terminal of that size, and the story before it."""

    async def told() -> None:
        async with _watching(one, size) as viewer, asyncio.timeout(PROGRESS_AFTER_SECONDS):
            await story(viewer)

    asyncio.run(told())


@asynccontextmanager
async def _watching(one: World, size: tuple[int, int]) -> AsyncIterator[Viewer]:
    heard: asyncio.Queue[Message] = asyncio.Queue()
    app = WatchApp(call_to(one), OFTEN_SECONDS)
    async with app.run_test(size=size, message_hook=heard.put_nowait) as pilot:
        yield Viewer(pilot, heard)


def dead_queue(one: World, queue: str) -> DeadLetterQueue:
    """A queue's dead letters."""
    pair = one.queues[queue]
    return DeadLetterQueue(one.clients("sqs"), pair.url, pair.dead_letter_url)
