"""How is a dead-letter queue's content shown? Layer: tools, pure. With reasons; many letters: a row for each reason, then the first ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from jobtools.look.dead_letter import DeadLetter
from jobtools.look.screen import plain_table

MOST_ROWS = 10
FIRST_ROWS = 5


def dead_letters_view(queue: str, letters: Sequence[DeadLetter]) -> RenderableType:
    """One queue."""
    if not letters:
        return Text(f"{queue}: empty", style="dim")
    title = Text(f"{queue}: {len(letters)} dead letter{'s' if len(letters) > 1 else ''}")
    if len(letters) <= MOST_ROWS:
        return Group(title, _rows(letters))
    more = Text(f"and {len(letters) - FIRST_ROWS} more", style="dim")
    return Group(title, _reasons(letters), Text(), _rows(letters[:FIRST_ROWS]), more)


def _rows(letters: Sequence[DeadLetter]) -> Table:
    table = plain_table("reason", ("tries", "right"), "job id", "last error")
    for letter in letters:
        tries = str(letter.receives) if letter.receives else "-"
        table.add_row(Text(letter.reason, style="yellow"), tries, letter.job_id or "-", Text(letter.error or "-"))
    return table


def _reasons(letters: Sequence[DeadLetter]) -> Table:
    table = plain_table(("count", "right"), "reason")
    for reason, count in Counter(letter.reason for letter in letters).most_common():
        table.add_row(str(count), Text(reason, style="yellow"))
    return table
