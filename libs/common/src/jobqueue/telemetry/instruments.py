"""Spans and measurements on their way into OpenTelemetry. Any thread; never blocks, never exports.

The one file that speaks the OpenTelemetry API for the wrappers and the observer; imported late (about 60 ms), see `setup.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING

from opentelemetry.context import Context
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    TraceFlags,
    TraceState,
    format_span_id,
    format_trace_id,
    get_current_span,
    set_span_in_context,
)

from jobqueue.chance import CHANCE
from jobqueue.telemetry import names
from jobqueue.telemetry.attempt import OtelAttempt, error_type, failed, note
from jobqueue.telemetry.spans import KINDS, Spans
from jobqueue.telemetry.trace_headers import SAMPLED, TraceParent, write_traceparent

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter, MeterProvider
    from opentelemetry.trace import TracerProvider

    from jobqueue.messages.outcome import Outcome
    from jobqueue.telemetry.measurements import Measurements, Point
    from jobqueue.telemetry.span_template import SpanTemplate

Own = Mapping[str, str | int]
"""A span's attributes beside those of its template."""
_NOWHERE = Context()
"""Ambient context of a process span: none. What a worker's thread ran before must not be the parent of the next job."""
STATED_TRACE_ID: ContextVar[int] = ContextVar("stated trace id", default=0)
"""Set while the first span of a trace is started whose id is stated from outside; the SDK's id generator reads it (`trace_ids.py`)."""


class Instruments:
    """Owns the tracer; `measurements` are read when metrics are exported."""

    def __init__(
        self, traces: TracerProvider, metrics: MeterProvider, measurements: Measurements, version: str
    ) -> None:
        self._tracer = traces.get_tracer(names.SCOPE, version, names.SCHEMA_URL)
        self._spans = Spans.of(self._tracer, version)
        meter = metrics.get_meter(names.SCOPE, version, names.SCHEMA_URL)
        _observe(meter, measurements)

    def attempt(
        self,
        template: SpanTemplate,
        parent: TraceParent | None,
        own: Own,
        tell: Callable[[str, str | None, float], None],
    ) -> OtelAttempt:
        """Starts the span of an attempt, in the message's trace or in one of its own."""
        return OtelAttempt(self._process_span(template, parent, own), tell, parent)

    def refused(
        self, template: SpanTemplate, parent: TraceParent | None, own: Own, outcome: Outcome, error: BaseException
    ) -> str:
        """Records the span of a delivery that no handler saw; gives its error type."""
        failure = error_type(error)
        span = self._process_span(template, parent, own)
        note(span, outcome, failure, error)
        span.end()
        return failure

    def _process_span(self, template: SpanTemplate, parent: TraceParent | None, own: Own) -> Span:
        if parent is None:
            return self._start(template, own, _NOWHERE, None)
        if not parent.span_id:
            return self._first_span(template, parent, own)
        remote = _span_context(parent)
        context = set_span_in_context(NonRecordingSpan(remote), _NOWHERE)
        return self._start(template, own, context, remote, (Link(remote),))

    def _first_span(self, template: SpanTemplate, parent: TraceParent, own: Own) -> Span:
        """The span of an attempt in a trace that states no span: a child of nothing, in that trace."""
        trace_id = int(parent.trace_id, 16)
        if not parent.flags & SAMPLED:
            return NonRecordingSpan(SpanContext(trace_id, CHANCE.getrandbits(64) or 1, is_remote=False))
        stated = STATED_TRACE_ID.set(trace_id)
        try:
            return self._start(template, own, _NOWHERE, None)
        finally:
            STATED_TRACE_ID.reset(stated)

    def open_call_span(
        self, template: SpanTemplate, own: Own, parents: Iterable[TraceParent | None], *, started_ns: int | None = None
    ) -> Span:
        """Starts the span of a call, child of whatever runs in this thread; `parents` become its links."""
        links = [Link(_span_context(parent)) for parent in parents if parent is not None and parent.span_id]
        current = get_current_span().get_span_context()
        return self._start(template, own, None, current if current.is_valid else None, links, started_ns)

    def call_span(
        self,
        template: SpanTemplate,
        own: Own,
        parents: Iterable[TraceParent | None],
        error_type: str | None,
        *,
        started_ns: int,
    ) -> None:
        """Records the span of a call that is over."""
        self.close(self.open_call_span(template, own, parents, started_ns=started_ns), error_type)

    def _start(
        self,
        template: SpanTemplate,
        own: Own,
        context: Context | None,
        parent: SpanContext | None,
        links: Sequence[Link] = (),
        started_ns: int | None = None,
    ) -> Span:
        """`parent` is the span of `context`, where that is valid."""
        if self._spans is not None:
            return self._spans.start(template, own, context, parent, links, started_ns)
        attributes = {**template.attributes, **own}
        return self._tracer.start_span(template.name, context, KINDS[template.kind], attributes, links, started_ns)

    @staticmethod
    def close(span: Span, error_type: str | None) -> None:
        """Ends a span."""
        if error_type is not None:
            failed(span, error_type)
        span.end()

    @staticmethod
    def header_of(span: Span) -> str:
        """The `traceparent` of a span's own context, or an empty string where it has none (traces are off)."""
        context = span.get_span_context()
        if not context.is_valid:
            return ""
        return write_traceparent(
            format_trace_id(context.trace_id), format_span_id(context.span_id), context.trace_flags
        )


@lru_cache(maxsize=512)  # the same one is linked to by the receive and is the parent of the attempt
def _span_context(parent: TraceParent) -> SpanContext:
    state = TraceState.from_header([parent.state]) if parent.state else None
    return SpanContext(int(parent.trace_id, 16), int(parent.span_id, 16), True, TraceFlags(parent.flags), state)


def _observe(meter: Meter, measurements: Measurements) -> None:
    sources: list[tuple[names.Metric, Callable[[], list[Point]]]] = [
        (counter.metric, counter.read) for counter in measurements.counters.values()
    ]
    for metric, read in [*sources, (names.HEARTBEAT, measurements.heartbeat)]:
        meter.create_observable_counter(metric.name, [_callback(read)], metric.unit, metric.description)
    for metric, read in (
        (names.SLOTS_IN_USE, measurements.slots_in_use),
        (names.SLOTS_STUCK, measurements.slots_stuck),
    ):
        meter.create_observable_gauge(metric.name, [_callback(read)], metric.unit, metric.description)


def _callback(read: Callable[[], list[Point]]) -> Callable[[CallbackOptions], Sequence[Observation]]:
    return lambda _options: [Observation(value, attributes) for value, attributes in read()]
