"""A job's log as a table: time, level, message, and the fields that the message does not contain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

import orjson
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from jobctl.views.visible import one_line
from jobqueue.client.job_event import JobEvent

LEVEL_STYLES = {"DEBUG": "dim", "INFO": "green", "WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}
_NOT_SHOWN = frozenset({"stack", "errorType", "error", "service", "version", "task", "traceId", "spanId", "logger"})
"""Fields that the message contains, that are the same in every event, or that are too long for a line."""


def job_log_view(events: Sequence[JobEvent], zone: tzinfo = UTC) -> RenderableType:
    """The whole log, with times in that zone."""
    if not events:
        return Text("no events", style="dim")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for event in events:
        table.add_row(
            clock_of(event, zone), Text(event.level, style=LEVEL_STYLES.get(event.level, "")), message_of(event)
        )
    return table


def message_of(event: JobEvent) -> Text:
    """The message, and the fields that it does not contain."""
    fields = fields_of(event)
    return Text.assemble(one_line(event.message), "  " if fields else "", (one_line(fields), "dim"))


def fields_of(event: JobEvent) -> str:
    """The fields that the message does not contain: `step=2 of=3`."""
    return " ".join(
        f"{name}={value if isinstance(value, str) else orjson.dumps(value).decode()}"
        for name, value in event.fields.items()
        if name not in _NOT_SHOWN
    )


def clock_of(event: JobEvent, zone: tzinfo = UTC) -> str:
    """The event's time of day in that zone, in milliseconds: a job's events are close together."""
    return datetime.fromtimestamp(event.at_ms / 1000, zone).isoformat(timespec="milliseconds")[11:23]


def line_of(event: JobEvent, zone: tzinfo = UTC) -> str:
    """The event on one plain line, without its fields."""
    return f"{clock_of(event, zone)} {one_line(event.level)} {one_line(event.message)}"
