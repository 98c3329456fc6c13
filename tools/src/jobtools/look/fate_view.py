"""How are fates shown? Layer: tools, pure. Few: a row for each. Many: a row for each kind, then the first rows, the lost ones before all others."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from jobtools.look.fate import Fate
from jobtools.look.screen import plain_table

MOST_ROWS = 20
FIRST_ROWS = 8
STYLES = {"completed": "green", "handled": "green", "dead letter": "yellow", "unaccounted": "bold red"}


def fates_view(fates: Sequence[Fate]) -> RenderableType:
    """The table of every trigger and its fate."""
    if len(fates) <= MOST_ROWS:
        return _rows(fates)
    first = sorted(fates, key=lambda fate: (fate.word != "unaccounted", fate.trigger.number))[:FIRST_ROWS]
    more = Text(f"and {len(fates) - len(first)} more", style="dim")
    return Group(_kinds(fates), Text(), _rows(first), more)


def _rows(fates: Sequence[Fate]) -> Table:
    table = plain_table(("#", "right"), "trigger", "fate", ("tries", "right"), ("took", "right"), "job id")
    for fate in fates:
        table.add_row(
            str(fate.trigger.number),
            Text(fate.trigger.what),
            Text(fate.word, style=STYLES[fate.word]),
            str(fate.attempts) if fate.attempts else "-",
            "-" if fate.seconds is None else f"{fate.seconds:.1f} s",
            fate.job_id or "-",
        )
    return table


def _kinds(fates: Sequence[Fate]) -> Table:
    kinds: dict[tuple[str, str, str], list[Fate]] = {}
    for fate in fates:
        kinds.setdefault((fate.trigger.what, fate.word, fate.reason), []).append(fate)
    table = plain_table(("count", "right"), "trigger", "fate", "reason", ("tries", "right"), ("took (median)", "right"))
    for (what, word, reason), group in kinds.items():
        took = [fate.seconds for fate in group if fate.seconds is not None]
        tries = sorted(fate.attempts for fate in group)
        table.add_row(
            str(len(group)),
            Text(what),
            Text(word, style=STYLES[word]),
            reason or "-",
            _from_to(tries[0], tries[-1]),
            f"{median(took):.1f} s" if took else "-",
        )
    return table


def _from_to(least: int, most: int) -> str:
    if most == 0:
        return "-"
    return str(most) if least == most else f"{least} to {most}"
