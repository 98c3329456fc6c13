"""The console and the tables that all reports use.

Reports fit into 80 columns; without a terminal there is no colour and no movement.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from typing import Literal

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from jobctl.views.visible import visible

Justify = Literal["left", "right"]
_LEFT: Justify = "left"
NEVER_FOLDED = frozenset({"job id", "#", "fate", "took", "service", "status", "task", "reason"})
"""Columns of ids and single words that are never folded; nor are those that begin with `at`, of times."""


class VisibleConsole(Console):
    """A console that shows text as `visible` makes it: everything printed, down to each cell of a table, is rendered here before it is laid out."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """See `Console.render`."""
        return super().render(visible(renderable) if isinstance(renderable, str | Text) else renderable, options)


def make_console(*, stderr: bool = False) -> Console:
    """A console for stdout or stderr. A character that the terminal cannot show is replaced by `?`."""
    stream = sys.stderr if stderr else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return VisibleConsole(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=stderr)


def plain_table(*columns: str | tuple[str, Justify]) -> Table:
    """A table with a rule below its head and nothing else. Long cells are folded, ids never."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for column in columns:
        name, justify = column if isinstance(column, tuple) else (column, _LEFT)
        table.add_column(name, justify=justify, overflow="fold", no_wrap=name in NEVER_FOLDED or name.startswith("at "))
    return table


def heading(text: str) -> RenderableType:
    """The heading of a part of a report."""
    return Text(f"\n{text}", style="bold")
