"""How does `jobs` speak? Tables or JSON on stdout, progress and errors on stderr. Layer: tools, main thread.

Colour and movement only on a terminal, none with NO_COLOR (Rich looks at it). Times are the person's own, with their offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

import orjson
from rich.console import Console, RenderableType

from jobtools.look.screen import make_console

PATIENCE_SECONDS = 1.0
"""What takes longer says that it is at work."""


class Screen:
    """`as_json`: for a program; then stdout has JSON and nothing else."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.console = make_console()
        self.errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def show(self, view: RenderableType, value: Any) -> None:
        """The one answer of a command: the view for a person, or the value (dataclasses too) as indented JSON."""
        if self.as_json:
            print(_json(value, orjson.OPT_INDENT_2), flush=True)
        else:
            self.console.print(view, soft_wrap=True)  # a console link is copied whole; tables keep to the width

    def line(self, view: RenderableType, value: Any) -> None:
        """One of many, as it comes: a line for a person, or a line of JSON."""
        if self.as_json:
            print(_json(value), flush=True)
        else:
            self.console.print(view, soft_wrap=True)

    def say(self, text: str) -> None:
        """For a person, beside the answer."""
        if not self.as_json:
            self.errors.print(text)

    @contextmanager
    def working(self, text: str) -> Iterator[Callable[[str], None]]:
        """Around what may take longer than a second: then a terminal shows what is being done. Yields what changes the text."""
        status = self.errors.status(text)
        timer = Timer(PATIENCE_SECONDS, status.start)
        timer.daemon = True
        moving = self.errors.is_terminal and not self.as_json
        if moving:
            timer.start()
        try:
            yield status.update
        finally:
            timer.cancel()
            if moving:
                timer.join()  # it may have begun to show it just now: then it is stopped after that
            status.stop()


def _json(value: Any, option: int = 0) -> str:
    return orjson.dumps(value, default=_plain, option=option | orjson.OPT_NON_STR_KEYS).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
