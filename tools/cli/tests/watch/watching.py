"""The live view, driven by Textual's pilot; a test waits for what a thread has posted and for what was painted, never for time to pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen

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
STORY_SECONDS = 120.0
"""For a whole story, on a machine that does other things too."""


class PaintedApp(WatchApp):
    """Tells when it has painted."""

    def __init__(self, cli: Cli, interval_seconds: float) -> None:
        super().__init__(cli, interval_seconds)
        self.painted = asyncio.Event()

    def post_display_hook(self) -> None:
        self.painted.set()


class Viewer:
    """A person before the view."""

    def __init__(self, app: PaintedApp, pilot: Pilot[None], heard: asyncio.Queue[Message]) -> None:
        self.app = app
        self._pilot = pilot
        self._heard = heard

    async def posted(self, kind: type[M], meant: Callable[[M], bool] = lambda _: True) -> M:
        """The next message of that kind that is meant; it may not have been handled yet."""
        while True:
            message = await self._heard.get()
            if isinstance(message, kind) and meant(message):
                return message

    async def snapshot(self, meant: Callable[[Snapshot], bool] = lambda _: True) -> Snapshot:
        """The next one that is meant; it may not be shown yet."""
        found = await self.posted(Loaded, lambda one: isinstance(one.value, Snapshot) and meant(one.value))
        value: Snapshot = found.value
        return value

    async def press(self, *keys: str) -> None:
        """The keys are sent; what they do may not be done yet."""
        await self._pilot.press(*keys)

    async def until(self, meant: Callable[[], object]) -> None:
        """Looks after each paint, until it finds what is meant."""
        while True:
            self.app.painted.clear()
            if meant():
                return
            await self.app.painted.wait()

    async def reads(self, *texts: str, but_not: str | None = None) -> list[str]:
        """The lines of the screen, once they show all these texts."""

        def shown() -> bool:
            screen = self.screen()
            return all(text in screen for text in texts) and (but_not is None or but_not not in screen)

        await self.until(shown)
        return self.screen().split("\n")

    async def on_screen(self, kind: type[Screen[Any]], focus: str | None = None) -> None:
        """Once that screen is in front, and the widget with that id has the focus."""
        await self.until(
            lambda: (
                isinstance(self.app.screen, kind)
                and (focus is None or (self.app.focused is not None and self.app.focused.id == focus))
            )
        )

    def shows(self, widget: str) -> bool:
        """Whether the widget with that id can be seen."""
        screen = self.app.screen
        return screen.query_one(f"#{widget}") in screen._compositor.visible_widgets

    def screen(self) -> str:
        """What is there at this moment."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def call_to(one: World) -> Cli:
    """As the command line gives it."""
    options = SessionOptions(one.project, ENVIRONMENT, region=REGION, endpoint_url=one.endpoint)
    return Cli(Session(options, {}), Output())


def watch(one: World, story: Callable[[Viewer], Coroutine[Any, Any, None]], size: tuple[int, int] = (80, 24)) -> None:
    """Runs the view on a terminal of that size, and the story before it."""

    async def told() -> None:
        async with _watching(one, size) as viewer:
            try:
                async with asyncio.timeout(STORY_SECONDS):
                    await story(viewer)
            except Exception as error:
                error.add_note(f"The screen at that moment:\n{viewer.screen()}")
                raise

    asyncio.run(told())


@asynccontextmanager
async def _watching(one: World, size: tuple[int, int]) -> AsyncIterator[Viewer]:
    heard: asyncio.Queue[Message] = asyncio.Queue()
    app = PaintedApp(call_to(one), OFTEN_SECONDS)
    async with app.run_test(size=size, message_hook=heard.put_nowait) as pilot:
        yield Viewer(app, pilot, heard)


def dead_queue(one: World, queue: str) -> DeadLetterQueue:
    """A queue's dead letters."""
    pair = one.queues[queue]
    return DeadLetterQueue(one.clients("sqs"), pair.url, pair.dead_letter_url)
