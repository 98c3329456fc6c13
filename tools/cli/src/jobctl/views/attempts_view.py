"""The attempts at a job as a table, a row each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import RenderableType
from rich.text import Text

from jobctl.queries.attempt import Attempt
from jobctl.queries.times import how_long
from jobctl.views.console import plain_table
from jobctl.views.visible import one_line

STYLES = {"done": "green", "retry": "yellow", "reject": "red", "running": "cyan", "hung": "red", "lost": "yellow"}
SHORT_TASK = 12
"""Digits of a task's id that are shown: enough to find it."""


def attempts_view(attempts: Sequence[Attempt], time_of: Callable[[float], str], zone: str) -> RenderableType:
    """The table. `time_of` formats a time, in milliseconds since 1970; `zone`, in the table's head, is its time zone."""
    if not attempts:
        return Text("none found", style="dim")
    table = plain_table("service", ("try", "right"), f"at {zone}", ("took", "right"), "outcome", "task", "error")
    for one in attempts:
        table.add_row(
            one.service,
            str(one.number),
            time_of(one.began_ms),
            _took(one),
            Text(one.outcome, style=STYLES.get(one.outcome, "")),
            one.task[:SHORT_TASK] or "-",
            Text(one_line(one.error) or "-"),
        )
    return table


def _took(one: Attempt) -> str:
    if one.seconds is None:
        return "-"
    return f"{how_long(one.seconds)} so far" if one.open else f"{one.seconds:.2f} s"
