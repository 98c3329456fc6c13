"""A table of fates.

With few fates, a row for each; with many, a row for each kind and the first rows, lost triggers before all others.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from devkit.demo.fates import Fate, kinds_of
from jobctl.views.console import plain_table
from jobctl.views.visible import one_line

MAX_ROWS = 20
FIRST_ROWS = 8
STYLES = {"completed": "green", "done": "green", "duplicate": "cyan", "dead letter": "yellow", "lost": "bold red"}


def fates_view(fates: Sequence[Fate]) -> RenderableType:
    """The table of every trigger and its fate."""
    if len(fates) <= MAX_ROWS:
        return _rows(fates)
    first = sorted(fates, key=lambda fate: (fate.word != "lost", fate.trigger.number))[:FIRST_ROWS]
    more = Text(f"and {len(fates) - len(first)} more", style="dim")
    return Group(_kinds(fates), Text(), _rows(first), more)


def _rows(fates: Sequence[Fate]) -> Table:
    table = plain_table(("#", "right"), "trigger", "fate", ("tries", "right"), ("took", "right"), "job id")
    for fate in fates:
        table.add_row(
            str(fate.trigger.number),
            Text(one_line(fate.trigger.what)),
            Text(fate.word, style=STYLES[fate.word]),
            str(fate.attempts) if fate.attempts else "-",
            "-" if fate.seconds is None else f"{fate.seconds:.1f} s",
            fate.job_id or "-",
        )
    return table


def _kinds(fates: Sequence[Fate]) -> Table:
    table = plain_table(("count", "right"), "trigger", "fate", "reason", ("tries", "right"), ("took (median)", "right"))
    for kind in kinds_of(fates):
        table.add_row(
            str(kind.count),
            Text(one_line(kind.what)),
            Text(kind.word, style=STYLES[kind.word]),
            one_line(kind.reason) or "-",
            kind.tries,
            "-" if kind.median_seconds is None else f"{kind.median_seconds:.1f} s",
        )
    return table
