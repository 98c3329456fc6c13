"""How is a trace shown? Layer: tools, pure. A waterfall: a row a span, in order of start, with a bar where it lies in the trace's time.

The trace's own spans are solid. The calls that only link to it (a receive or send of up to ten messages of many traces) are thin.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from jobqueue.telemetry import names
from jobtools.look.span import Span, of_trace

BAR_COLUMNS = 30
STYLES = {"main-job": "cyan", "background-job": "magenta"}
_OWN_BAR, _LINKED_BAR, _BEFORE = "█", "─", "<"


def waterfall_view(spans: Sequence[Span], trace_id: str) -> RenderableType:
    """The trace of that id among `spans`. Its time begins with its own first span: a poll that waited before that is cut (`<`)."""
    chosen = of_trace(spans, trace_id)
    own = [span for span in chosen if span.trace_id == trace_id]
    if not own:
        return Text("no spans", style="dim")
    start, end = own[0].start_ns, max(span.end_ns for span in chosen)
    chosen.sort(key=lambda span: (max(span.start_ns, start), span.trace_id != trace_id))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("service", no_wrap=True)
    table.add_column("span", no_wrap=True, max_width=17)
    table.add_column("█ the trace's own  ─ linked", no_wrap=True, width=BAR_COLUMNS)
    table.add_column("begins", no_wrap=True, justify="right")
    table.add_column("took", no_wrap=True, justify="right")
    for span in chosen:
        style = STYLES.get(span.service, "green")
        linked = span.trace_id != trace_id
        bar = _bar(span, start, max(end - start, 1), _LINKED_BAR if linked else _OWN_BAR)
        table.add_row(
            Text(span.service, style=style),
            Text(_what(span), style="red" if span.failed else "dim" if linked else ""),
            Text(bar, style="red" if span.failed else style),
            f"+{_time(max(0, span.start_ns - start))}",
            _time(span.end_ns - max(span.start_ns, start)),
        )
    return table


def _what(span: Span) -> str:
    operation = span.text(names.OPERATION_NAME) or span.name
    attempt = span.text(names.ATTEMPT)
    outcome = span.text(names.OUTCOME)
    count = span.text(names.BATCH_COUNT)
    if attempt:
        return f"{operation} {attempt}" + (f": {outcome}" if outcome else "")
    return f"{operation} x{count}" if count and count != "1" else operation


def _bar(span: Span, start_ns: int, whole_ns: int, mark: str) -> str:
    first = max(0, span.start_ns - start_ns) * BAR_COLUMNS // whole_ns
    last = max(0, span.end_ns - start_ns) * BAR_COLUMNS // whole_ns
    first = min(first, BAR_COLUMNS - 1)
    bar = mark * max(1, min(last, BAR_COLUMNS) - first)
    if span.start_ns < start_ns:
        bar = _BEFORE + bar[1:]
    return " " * first + bar


def _time(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e9:.2f} s" if nanoseconds >= 1_000_000_000 else f"{nanoseconds / 1e6:.0f} ms"
