"""How does everything that people read look alike? Layer: tools. 80 columns are enough; without a terminal there is no colour and no movement."""

from __future__ import annotations

import io
import sys
from typing import Literal

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

Justify = Literal["left", "right"]
_LEFT: Justify = "left"
NEVER_FOLDED = frozenset({"job id", "#", "fate", "took", "service", "status", "task", "reason"})
"""Columns of ids and single words; those of times begin with `at`."""


def make_console() -> Console:
    """For stdout. A terminal that cannot show a character gets `?` instead of an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, markup=False, emoji=False)


def plain_table(*columns: str | tuple[str, Justify]) -> Table:
    """A table with a rule below its head and nothing else. Long cells are folded, ids never."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for column in columns:
        name, justify = column if isinstance(column, tuple) else (column, _LEFT)
        table.add_column(name, justify=justify, overflow="fold", no_wrap=name in NEVER_FOLDED or name.startswith("at "))
    return table


def heading(text: str) -> RenderableType:
    """Above each part of a report."""
    return Text(f"\n{text}", style="bold")
