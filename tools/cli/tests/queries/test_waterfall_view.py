"""The view of a trace: spans in time order, with their services."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import RenderableType

from jobctl.queries.span import Span
from jobctl.views.waterfall_view import waterfall_view
from jobqueue.telemetry import names

MS = 1_000_000


def span(
    service: str,
    operation: str,
    start: int,
    end: int,
    *,
    trace: str = "T",
    links: frozenset[str] = frozenset(),
    failed: bool = False,
    **attributes: object,
) -> Span:
    stated = {
        names.OPERATION_NAME: operation,
        **{name.replace("_", ".", 1): value for name, value in attributes.items()},
    }
    return Span(trace, "s", "", f"{operation} q", service, "consumer", start * MS, end * MS, stated, failed, links)


def test_spans_are_rows_in_order_and_what_only_links_is_thin(shown: Callable[[RenderableType], str]) -> None:
    poll = span("main-job", "receive", 200, 1050, trace="U", links=frozenset({"T"}))
    spans = [
        span("background-job", "process", 1200, 2200, failed=True, jobs_attempt=1, jobs_outcome="retry"),
        span("main-job", "process", 1060, 1100, jobs_attempt=1),
        poll,
        span("demo", "send", 1000, 1010),
        span("main-job", "send", 1100, 1200, trace="U", links=frozenset({"T"})),
        span("main-job", "process", 0, 9000, trace="somebody else's"),
    ]
    assert (
        shown(waterfall_view(spans, "T"))
        == """\
service        span             █ the trace's own  ─ linked     begins   took
demo           send             █                                +0 ms  10 ms
main-job       receive          <                                +0 ms  50 ms
main-job       process 1         █                              +60 ms  40 ms
main-job       send               ───                          +100 ms 100 ms
background-job process 1: retry      █████████████████████████ +200 ms 1.00 s"""
    )


def test_a_span_without_any_length_still_has_a_bar(shown: Callable[[RenderableType], str]) -> None:
    assert "█" in shown(waterfall_view([span("demo", "send", 5, 5)], "T")).splitlines()[1]
