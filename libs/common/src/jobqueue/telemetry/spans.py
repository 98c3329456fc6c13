"""Spans of our own, at a fifth of what the SDK's cost: made here; sampled, batched and exported by the SDK.

The SDK checks and copies each attribute of each span, since it knows nothing of them. Ours are plain, most of them the same for all spans of an
operation (`SpanTemplate`), and nothing is added to them where all goes well. Where OTEL_* sets limits that may cut ours, the SDK makes the spans.

A span of ours is OpenTelemetry's `Span`: a handler that adds to the current span finds all of its methods here. It has what a processor or an
exporter reads of a finished span, under the same names as the SDK's `ReadableSpan`.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, MutableMapping, Sequence
from time import time_ns
from typing import TYPE_CHECKING, Any, cast

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanLimits, Tracer
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.sdk.util import BoundedList
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from jobqueue.telemetry import names
from jobqueue.telemetry.attempt import error_type

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.util.types import Attributes, AttributeValue

    from jobqueue.telemetry.span_template import SpanTemplate

KINDS = {"client": SpanKind.CLIENT, "producer": SpanKind.PRODUCER, "consumer": SpanKind.CONSUMER}
_UNSET = Status()
_FLAGS = [TraceFlags(flags) for flags in range(4)]
_MAX_OURS = 20
"""Above the attributes and links that a span of ours has: a limit below it may cut them."""


class OurSpan(Span):
    """Written by one thread at a time. `own` are its attributes beside the template's; None once a handler changed them."""

    def __init__(
        self,
        spans: Spans,
        template: SpanTemplate,
        own: Mapping[str, str | int] | None,
        attributes: MutableMapping[str, Any],
        context: SpanContext,
        parent: SpanContext | None,
        links: Sequence[Link],
        started_ns: int,
    ) -> None:
        self._spans = spans
        self.template = template
        self.own = own
        self.attributes = attributes
        self.name = template.name
        self.kind = KINDS[template.kind]
        self.context = context
        self.parent = parent
        self.links: Any = links
        self.events: Any = ()
        self.status = _UNSET
        self.start_time = started_ns
        self.end_time: int | None = None

    @property
    def resource(self) -> Any:
        """Of the provider."""
        return self._spans.resource

    @property
    def dropped_attributes(self) -> int:
        """What limits cut; as for events and links."""
        return getattr(self.attributes, "dropped", 0)

    @property
    def dropped_events(self) -> int:
        """See above."""
        return getattr(self.events, "dropped", 0)

    @property
    def dropped_links(self) -> int:
        """See above."""
        return getattr(self.links, "dropped", 0)

    @property
    def instrumentation_scope(self) -> InstrumentationScope:
        """Ours."""
        return self._spans.scope

    def get_span_context(self) -> SpanContext:
        """See OpenTelemetry, as for all that follow."""
        return self.context

    def is_recording(self) -> bool:
        """Until its end."""
        return self.end_time is None

    def end(self, end_time: int | None = None) -> None:
        """Once; later calls have no effect."""
        if self.end_time is None:
            self.end_time = time_ns() if end_time is None else end_time
            self._spans.processor.on_end(cast("ReadableSpan", self))

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        """Checked and bounded as the SDK does it."""
        self.set_attributes({key: value})

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        """As `set_attribute`."""
        if self._opened():
            for key, value in attributes.items():
                self.attributes[key] = value

    def add_event(self, name: str, attributes: Attributes = None, timestamp: int | None = None) -> None:
        """Bounded as the SDK does it."""
        if self._opened():
            if not self.events:
                self.events = BoundedList(self._spans.limits.max_events)
            self.events.append(Event(name, self._spans.bounded(attributes, immutable=True), timestamp))

    def add_link(self, context: SpanContext, attributes: Attributes = None) -> None:
        """Beside those that it was started with."""
        if self._opened():
            self.links = BoundedList.from_seq(self._spans.limits.max_links, self.links)
            self.links.append(Link(context, self._spans.bounded(attributes, immutable=True)))

    def update_name(self, name: str) -> None:
        """A handler's own."""
        if self._opened():
            self.name = name

    def _opened(self) -> bool:
        """Whether it may still be changed; from then on it is one of a kind."""
        if self.end_time is not None:
            return False
        if self.own is not None:
            self.attributes = self._spans.bounded(self.attributes)
            self.own = None
        return True

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """OK is final, and UNSET changes nothing."""
        if isinstance(status, StatusCode):
            status = Status(status, description)
        if self.end_time is None and self.status.status_code is not StatusCode.OK and not status.is_unset:
            self.status = status

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """An event, as the conventions name it."""
        told = {
            "exception.type": error_type(exception),
            "exception.message": str(exception),
            "exception.stacktrace": "".join(traceback.format_exception(exception)),
            "exception.escaped": str(escaped),
        }
        self.add_event("exception", {**told, **(attributes or {})}, timestamp)


class Spans:
    """Makes them, for one tracer of the SDK. Any thread."""

    def __init__(self, tracer: Tracer, version: str, limits: SpanLimits) -> None:
        self.limits = limits
        self.resource = tracer.resource
        self.processor = tracer.span_processor
        self.scope = InstrumentationScope(names.SCOPE, version, names.SCHEMA_URL)
        self._ids = tracer.id_generator
        self._sampler = tracer.sampler

    @classmethod
    def of(cls, tracer: object, version: str) -> Spans | None:
        """None where the tracer makes no spans of the SDK, or must cut them."""
        limits = SpanLimits()
        counts = (limits.max_span_attributes, limits.max_links)
        cuts = limits.max_span_attribute_length is not None or any(
            count is not None and count < _MAX_OURS for count in counts
        )
        return cls(tracer, version, limits) if isinstance(tracer, Tracer) and not cuts else None

    def bounded(self, attributes: Attributes, *, immutable: bool = False) -> Any:
        """Attributes that check and count what is added."""
        return BoundedAttributes(self.limits.max_span_attributes, attributes, immutable)

    def start(
        self,
        template: SpanTemplate,
        own: Mapping[str, str | int],
        context: Context | None,
        parent: SpanContext | None,
        links: Sequence[Link],
        started_ns: int | None,
    ) -> Span:
        """A child of `parent`, which is the span of `context`; the root of a trace where that is None."""
        attributes = {**template.attributes, **own}
        if parent is None:
            trace_id = self._ids.generate_trace_id()
            flags = TraceFlags.RANDOM_TRACE_ID if self._ids.is_trace_id_random() else 0
        else:
            trace_id = parent.trace_id
            flags = parent.trace_flags & TraceFlags.RANDOM_TRACE_ID
        sampled = self._sampler.should_sample(context, trace_id, template.name, KINDS[template.kind], attributes, links)
        if sampled.decision is Decision.RECORD_AND_SAMPLE:
            flags |= TraceFlags.SAMPLED
        made = SpanContext(trace_id, self._ids.generate_span_id(), False, _FLAGS[flags], sampled.trace_state)
        if sampled.decision is Decision.DROP:
            return NonRecordingSpan(made)
        given = own if len(sampled.attributes) == len(attributes) else None
        if given is None:  # a sampler may add some
            attributes = self.bounded(sampled.attributes)
        span = OurSpan(self, template, given, attributes, made, parent, links, started_ns or time_ns())
        self.processor.on_start(cast("Any", span), parent_context=context)
        return span
