"""A trace as a waterfall: a row for each span, by start, with a bar for its place in the trace's time.

The trace's own spans have solid bars. Calls that only link to it (a receive or send of up to ten messages of many traces) have thin ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from jobctl.queries.span import Span
from jobctl.views.waterfall import WaterfallRow, time_text, waterfall_of

BAR_COLUMNS = 30
STYLES = {"main-job": "cyan", "background-job": "magenta"}
_OWN_BAR, _LINKED_BAR, _BEFORE = "█", "─", "<"


def waterfall_view(spans: Sequence[Span], trace_id: str) -> RenderableType:
    """The waterfall of the trace with that id among `spans`. Its time begins with its own first span: a poll that waited before that is cut (`<`)."""
    waterfall = waterfall_of(spans, trace_id)
    if not waterfall.rows:
        return Text("no spans", style="dim")
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("service", no_wrap=True)
    table.add_column("span", no_wrap=True, max_width=17)
    table.add_column("█ the trace's own  ─ linked", no_wrap=True, width=BAR_COLUMNS)
    table.add_column("begins", no_wrap=True, justify="right")
    table.add_column("took", no_wrap=True, justify="right")
    for row in waterfall.rows:
        service, failed = row.span.service, row.span.failed
        style = STYLES.get(service, "green")
        table.add_row(
            Text(service, style=style),
            Text(row.what, style="red" if failed else "dim" if row.linked else ""),
            Text(_bar(row, waterfall.whole_ns), style="red" if failed else style),
            f"+{time_text(row.begins_ns)}",
            time_text(row.took_ns),
        )
    return table


def _bar(row: WaterfallRow, whole_ns: int) -> str:
    first = min(row.begins_ns * BAR_COLUMNS // whole_ns, BAR_COLUMNS - 1)
    last = (row.begins_ns + row.took_ns) * BAR_COLUMNS // whole_ns
    bar = (_LINKED_BAR if row.linked else _OWN_BAR) * max(1, min(last, BAR_COLUMNS) - first)
    if row.cut:
        bar = _BEFORE + bar[1:]
    return " " * first + bar
