"""Views of dead letters: a row for each reason, job type and error, for 80 columns.

Each row has the id of the oldest job, for `jobctl dead show`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.text import Text

from jobctl.queries.dead_letter import MOVED_BY_SQS
from jobctl.queries.dead_letter_groups import LetterGroup, LetterSummary, group_letters
from jobctl.views.console import plain_table
from jobctl.views.visible import one_line


def reason_shown(reason: str) -> str:
    """The reason for a table; `moved by SQS` for letters without one."""
    return "moved by SQS" if reason == MOVED_BY_SQS else one_line(reason)


def utc_time(at_ms: float) -> str:
    """A time in UTC: `11-23 23:45:05`."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%m-%d %H:%M:%S}"


def dead_letters_view(
    queue: str,
    letters: Sequence[LetterSummary],
    *,
    hidden: int = 0,
    more: bool = False,
    time_of: Callable[[float], str] = utc_time,
    zone: str = "UTC",
) -> RenderableType:
    """One queue's letters by group. `hidden`: SQS's count of hidden ones; `more`: there are further ones. `time_of` formats a time, in
    milliseconds since 1970; `zone`, in the table's head, is its time zone."""
    if letters:
        many = "the first " if more else ""
        parts = [Text(f"{queue}: {many}{letters_counted(len(letters))}"), _groups(letters, time_of, zone)]
    else:
        parts = [Text(f"{queue}: no dead letters", style="dim")]
    if hidden:
        note = f"SQS counts {hidden} more as hidden: another reader holds them, or did a moment ago"
        parts.append(Text(note, style="dim"))
    return Group(*parts)


def reasons_view(counts: Sequence[tuple[str, str, int]]) -> RenderableType:
    """A summary of several queues: queue, reason, count."""
    if not counts:
        return Text("none", style="green")
    table = plain_table("queue", "reason", ("count", "right"))
    for queue, reason, count in counts:
        table.add_row(queue, Text(reason_shown(reason), style="yellow"), str(count))
    return table


def letters_counted(count: int) -> str:
    """`1 dead letter`, `2 dead letters`."""
    return f"{count} dead letter{'' if count == 1 else 's'}"


def group_cells(one: LetterGroup, time_of: Callable[[float], str]) -> tuple[Text, ...]:
    """A group's reason, count, job type, error, and oldest letter; the last one has two lines."""
    return (
        Text(reason_shown(one.reason), style="yellow"),
        Text(str(one.count), justify="right"),
        Text(one_line(one.job_type)),
        Text(one_line(one.error) or "-"),
        Text(f"{one.job_id}\n{time_of(one.oldest_ms)}"),
    )


def _groups(letters: Sequence[LetterSummary], time_of: Callable[[float], str], zone: str) -> RenderableType:
    # Reason and job type share a column, so that the error's has room for whole words.
    table = plain_table("reason, job type", ("count", "right"), "error", f"oldest {zone}")
    table.columns[-1].no_wrap = True
    for one in group_letters(letters):
        reason, count, job_type, error, oldest = group_cells(one, time_of)
        table.add_row(Text("\n").join([reason, job_type]), count, error, oldest)
    return table
