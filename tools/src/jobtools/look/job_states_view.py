"""How are many jobs shown? Layer: tools, pure: a row each, the newest last, as they scroll by."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import RenderableType
from rich.text import Text

from jobtools.look.job_state import JobState
from jobtools.look.screen import plain_table

STYLES = {"completed": "green", "handled": "green", "dead letter": "yellow", "retrying": "yellow", "running": "cyan"}


def job_states_view(states: Sequence[JobState], time_of: Callable[[float], str], zone: str) -> RenderableType:
    """`time_of` says a time, in milliseconds since 1970, as its reader wants it; `zone` stands above: where that is so."""
    table = plain_table("job id", f"at {zone}", "status", ("tries", "right"), "type", "why")
    for one in states:
        why = one.reason or one.error
        table.add_row(
            one.job_id,
            time_of(one.last_ms),
            Text(one.status, style=STYLES[one.status]),
            str(one.attempts),
            Text(one.job_type),
            Text(why or "-"),
        )
    return table
