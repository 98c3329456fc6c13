"""The position of each span in a trace's time: the rows of a waterfall, on a terminal or on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobctl.queries.span import Span, of_trace
from jobqueue.telemetry import names


@dataclass(frozen=True, slots=True)
class WaterfallRow:
    """One span. `linked`: a call that only links to the trace (a receive or send of messages of many traces). `cut`: it began before the trace did.

    `begins_ns` since the trace's beginning, never below zero; `took_ns` without what was cut.
    """

    span: Span
    what: str
    linked: bool
    cut: bool
    begins_ns: int
    took_ns: int


@dataclass(frozen=True, slots=True)
class Waterfall:
    """`whole_ns`: from the trace's own first span to the last end, at least 1. Rows by their beginning; none if the trace has no span."""

    trace_id: str
    whole_ns: int
    rows: list[WaterfallRow]


def waterfall_of(spans: Sequence[Span], trace_id: str) -> Waterfall:
    """The waterfall of the trace with that id among `spans`."""
    chosen = of_trace(spans, trace_id)
    own = [span for span in chosen if span.trace_id == trace_id]
    if not own:
        return Waterfall(trace_id, 1, [])
    start, end = own[0].start_ns, max(span.end_ns for span in chosen)
    chosen.sort(key=lambda span: (max(span.start_ns, start), span.trace_id != trace_id))
    rows = [
        WaterfallRow(
            span=span,
            what=_what(span),
            linked=span.trace_id != trace_id,
            cut=span.start_ns < start,
            begins_ns=max(0, span.start_ns - start),
            took_ns=span.end_ns - max(span.start_ns, start),
        )
        for span in chosen
    ]
    return Waterfall(trace_id, max(end - start, 1), rows)


def time_text(nanoseconds: int) -> str:
    """A duration as text: `1.20 s`, or `35 ms` below a second."""
    return f"{nanoseconds / 1e9:.2f} s" if nanoseconds >= 1_000_000_000 else f"{nanoseconds / 1e6:.0f} ms"


def seconds_text(seconds: float) -> str:
    """The same for a duration in seconds."""
    return time_text(round(seconds * 1e9))


def _what(span: Span) -> str:
    operation = span.text(names.OPERATION_NAME) or span.name
    attempt = span.text(names.ATTEMPT)
    outcome = span.text(names.OUTCOME)
    count = span.text(names.BATCH_COUNT)
    if attempt:
        return f"{operation} {attempt}" + (f": {outcome}" if outcome else "")
    return f"{operation} x{count}" if count and count != "1" else operation
