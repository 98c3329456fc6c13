"""Spans of ours as a handler finds them: what it does to the current span ends as it would on one of the SDK's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Span, SpanContext, Status, StatusCode

from jobqueue.telemetry.spans import OurSpan

from .kit import Kit, a_delivery, a_job

MANY = {f"a{number}": number for number in range(200)}


def touched(kit: Kit, touch: Callable[[Span], None]) -> tuple[ReadableSpan, ReadableSpan]:
    """Our span and one of the SDK's, after the same was done to both."""
    with kit.observer.attempt(a_delivery(), a_job(), known_type=True):
        ours = trace.get_current_span()
        touch(ours)
    assert isinstance(ours, OurSpan)
    theirs = kit.traces.get_tracer("jobqueue").start_span("process triggers", attributes=ours.template.attributes)
    theirs.set_attributes(kit.spans[0].attributes or {})
    touch(theirs)
    theirs.end()
    return kit.spans[0], kit.spans[1]


@pytest.mark.parametrize(
    "touch",
    [
        lambda span: span.set_attribute("tenant", "a"),
        lambda span: span.set_attributes({"list": ["a", "b"], "jobs.attempt": 9}),
        lambda span: span.set_attributes({"refused": object()}),
        lambda span: span.set_attributes(MANY),
        lambda span: span.add_event("paid", {"cents": 5}),
        lambda span: [span.add_event("again") for _ in range(200)],
        lambda span: span.add_link(SpanContext(1, 2, is_remote=True), {"why": "it"}),
        lambda span: span.update_name("mine"),
        lambda span: span.set_status(StatusCode.ERROR, "why"),
        lambda span: [span.set_status(Status(StatusCode.OK)), span.set_status(StatusCode.ERROR)],
        lambda span: [span.set_status(StatusCode.ERROR, "why"), span.set_status(StatusCode.UNSET)],
        lambda span: span.record_exception(ValueError("no"), {"more": 1}),
    ],
)
def test_a_handler_changes_our_span_as_it_would_one_of_the_sdk(kit: Kit, touch: Callable[[Span], None]) -> None:
    ours, theirs = touched(kit, touch)

    assert ours.name == theirs.name
    assert dict(ours.attributes or {}) == dict(theirs.attributes or {})
    assert (ours.status.status_code, ours.status.description) == (theirs.status.status_code, theirs.status.description)
    assert [(event.name, dict(event.attributes or {})) for event in ours.events] == [
        (event.name, dict(event.attributes or {})) for event in theirs.events
    ]
    assert [(link.context, dict(link.attributes or {})) for link in ours.links] == [
        (link.context, dict(link.attributes or {})) for link in theirs.links
    ]
    # The SDK counts some dropped attributes twice.
    assert [bool(span.dropped_attributes) for span in (ours, theirs)] in ([False, False], [True, True])
    assert (ours.dropped_events, ours.dropped_links) == (theirs.dropped_events, theirs.dropped_links)


def test_a_span_that_has_ended_changes_no_more(kit: Kit) -> None:
    with kit.observer.attempt(a_delivery(), a_job(), known_type=True):
        span = trace.get_current_span()
    span.set_attribute("late", 1)
    span.add_event("late")
    span.set_status(StatusCode.ERROR)
    span.update_name("late")
    span.end()

    assert not span.is_recording()
    (ended,) = kit.spans
    assert ended.name == "process triggers"
    assert "late" not in (ended.attributes or {})
    assert not ended.events
    assert ended.status.status_code is StatusCode.UNSET


def test_where_limits_are_set_that_may_cut_ours_the_sdk_makes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "3")
    kit = Kit()
    with kit.observer.attempt(a_delivery(), a_job(), known_type=True):
        pass

    assert len(kit.spans[0].attributes or {}) == 3
    kit.traces.shutdown()
