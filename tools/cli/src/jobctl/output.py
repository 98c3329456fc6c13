"""The output of `jobctl`: tables or JSON on stdout, progress and errors on stderr.

Colour and movement only on a terminal, and none with NO_COLOR (Rich reads it). Times are local, with their offset. Text from outside is shown as
`views.visible` makes it, and as `\\u` escapes in JSON: nothing else may write to the terminal.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from rich.console import RenderableType
from rich.status import Status

from jobctl.views.console import make_console
from jobctl.views.visible import escaped


class Output:
    """`as_json`: stdout has JSON and nothing else."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.console = make_console()
        self.errors = make_console(stderr=True)
        self._status: Status | None = None

    def show(self, view: RenderableType, value: Any) -> None:
        """Prints the answer of a command: the view, or the value (dataclasses too) as indented JSON."""
        if self.as_json:
            print(_json(value, indent=2), flush=True)
        else:
            self._print(view)

    def line(self, view: RenderableType, value: Any) -> None:
        """Prints one of many items: a line of text, or a line of JSON."""
        if self.as_json:
            print(_json(value), flush=True)
        else:
            self._print(view)

    def _print(self, view: RenderableType) -> None:
        if self._status is not None:
            self._status.stop()  # the progress line is on the same terminal
        self.console.print(view, soft_wrap=True)  # a console link is copied whole; tables keep to the width
        if self._status is not None:
            self._status.start()

    def note(self, text: str) -> None:
        """Prints a note on stderr, except with JSON."""
        if not self.as_json:
            self.errors.print(text)

    @contextmanager
    def progress(self, text: str) -> Iterator[Callable[[str], None]]:
        """Shows on a terminal what is being done. Yields a function that changes the text."""
        if self.as_json or not self.errors.is_terminal:
            yield lambda _: None
            return
        try:
            with self.errors.status(text) as self._status:
                yield self._status.update
        finally:
            self._status = None


def _json(value: Any, indent: int | None = None) -> str:
    """Integers of any size are kept; NaN and infinity become null, other types text."""
    separators = None if indent else (",", ":")
    return escaped(json.dumps(_plain(value), ensure_ascii=False, indent=indent, separators=separators))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {name if isinstance(name, str) else str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return [_plain(one) for one in sorted(value)]
    return value.isoformat() if isinstance(value, date) else str(value)
