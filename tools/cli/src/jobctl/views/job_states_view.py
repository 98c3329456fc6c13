"""Jobs and their states as a table, a row each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rich.console import RenderableType
from rich.text import Text

from jobctl.queries.job_state import OPEN, JobState
from jobctl.queries.times import clock_time, how_long
from jobctl.views.attempts_view import SHORT_TASK
from jobctl.views.console import Justify, plain_table
from jobctl.views.visible import one_line

STYLES = {"completed": "green", "queued": "green", "dead letter": "yellow", "retrying": "yellow", "running": "cyan"}
STYLES |= {"hung": "red", "lost": "yellow", "cancelled": "dim"}


def columns(zone: str) -> tuple[str | tuple[str, Justify], ...]:
    """The columns of the table; `zone` is the time zone of the times."""
    return ("job id", f"at {zone}", "status", ("tries", "right"), "type", "why")


def cells(one: JobState, time_of: Callable[[float], str]) -> tuple[Text, ...]:
    """The cells of a job, one for each of `columns`. `time_of` formats a time, in milliseconds since 1970."""
    return (
        Text(one.job_id),
        Text(time_of(one.last_ms)),
        Text(one.status, style=STYLES[one.status]),
        Text(str(one.attempts), justify="right"),
        Text(one_line(one.job_type)),
        Text("; ".join(filter(None, (why(one), one.parent and f"of {one.parent}"))) or "-"),
    )


def why(one: JobState) -> str:
    """Why it ended as it did, or what it does and what is known of it, as far as that is known."""
    cancel = f"to be cancelled: {one.cancel}" if one.cancel else ""
    due = f"again at {clock_time(one.due_ms)}" if one.due_ms and one.status == "retrying" else ""
    return one_line(one.reason or "; ".join(filter(None, (one.progress, cancel, due, _under_way(one), one.error))))


def _under_way(one: JobState) -> str:
    """How long an open attempt has taken so far, and in which task."""
    if one.status not in OPEN or not one.attempt_ms:
        return ""
    for_long = how_long(max(0.0, time.time() - one.attempt_ms / 1000))
    return f"for {for_long}, in task {one.task[:SHORT_TASK]}" if one.task else f"for {for_long}"


def job_states_view(states: Sequence[JobState], time_of: Callable[[float], str], zone: str) -> RenderableType:
    """The table, in the order of `states`."""
    table = plain_table(*columns(zone))
    for one in states:
        table.add_row(*cells(one, time_of))
    return table
