"""Encoder of spans as OTLP bytes, at a third of the usual cost; runs in the export thread, imported with the exporters.

The exporter's own encoder builds a protobuf object for every attribute, key and value, which costs more than the span itself. Here a span of
ours is written straight in protobuf's wire format (the field numbers are those of opentelemetry/proto/trace/v1/trace.proto, which is stable),
and what all spans of an operation have alike is encoded once. Whatever is not ours, or not plain (events, lists, dropped parts), goes through
the exporter's encoder; a test holds both to the same message.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, SpanKind

from jobqueue.telemetry.names import SCOPE
from jobqueue.telemetry.spans import KINDS, OurSpan

if TYPE_CHECKING:
    from opentelemetry.trace import Link

    from jobqueue.telemetry.span_template import SpanTemplate

_KINDS = {
    SpanKind.INTERNAL: b"\x30\x01",
    SpanKind.SERVER: b"\x30\x02",
    SpanKind.CLIENT: b"\x30\x03",
    SpanKind.PRODUCER: b"\x30\x04",
    SpanKind.CONSUMER: b"\x30\x05",
}
_REMOTE_KNOWN = b"\x00\x01\x00\x00"
_REMOTE = b"\x00\x03\x00\x00"
"""SpanFlags: whether the parent is remote is known; it is."""
_SOME_CONTEXT = SpanContext(1, 1, is_remote=False)
_times = Struct("<BQBQ").pack
_double = Struct("<Bd").pack
_SIMPLE = (str, bool, int, float)


def encode(spans: Sequence[ReadableSpan]) -> bytes:
    """An ExportTraceServiceRequest. Two of them one behind the other are one with the spans of both: so protobuf merges."""
    ours: list[bytes] = []
    others: list[ReadableSpan] = []
    first: ReadableSpan | None = None
    for span in spans:
        if first is None and _is_ours(span):
            first = span
        plain = _span(span) if first is not None and _is_like(span, first) else None
        if plain is None:
            others.append(span)
        else:
            ours.append(plain)
    encoded = encode_spans(others).SerializeToString() if others else b""
    return encoded if first is None or not ours else _request(first, ours) + encoded


def _is_ours(span: ReadableSpan) -> bool:
    return span.instrumentation_scope is not None and span.instrumentation_scope.name == SCOPE


def _is_like(span: ReadableSpan, first: ReadableSpan) -> bool:
    return span.resource is first.resource and span.instrumentation_scope is first.instrumentation_scope


def _request(like: ReadableSpan, spans: list[bytes]) -> bytes:
    """Puts the spans into the resource and scope that the exporter's encoder makes for an empty one."""
    empty = ReadableSpan("", _SOME_CONTEXT, resource=like.resource, instrumentation_scope=like.instrumentation_scope)
    made = encode_spans([empty]).resource_spans[0]
    scope = made.scope_spans[0]
    del scope.spans[:]
    inside = scope.SerializeToString() + b"".join([_field(b"\x12", span) for span in spans])
    del made.scope_spans[:]
    return _field(b"\x0a", made.SerializeToString() + _field(b"\x12", inside))


def _span(span: ReadableSpan) -> bytes | None:
    """One Span message, or None where something in it is not plain."""
    context, parent, status = span.get_span_context(), span.parent, span.status
    if context is None or span.events or span.dropped_attributes or span.dropped_links or span.dropped_events:
        return None
    template, own = (span.template, span.own) if isinstance(span, OurSpan) else (None, None)
    parts = [
        b"\x0a\x10" + context.trace_id.to_bytes(16, "big") + b"\x12\x08" + context.span_id.to_bytes(8, "big"),
        _text(b"\x2a", span.name) + _KINDS[span.kind] if template is None or own is None else _template(template),
        _times(0x39, span.start_time or 0, 0x41, span.end_time or 0),
        b"\x85\x01" + _flags(parent),
    ]
    if context.trace_state:
        parts.append(_text(b"\x1a", ",".join([f"{key}={value}" for key, value in context.trace_state.items()])))
    if parent is not None:
        parts.append(b"\x22\x08" + parent.span_id.to_bytes(8, "big"))
    for key, value in (span.attributes or {}).copy().items() if own is None else own.items():  # type: ignore[attr-defined]
        if type(value) not in _SIMPLE:
            return None
        parts.append(_attribute(key, value))
    for link in span.links:
        if link.attributes or link.dropped_attributes:
            return None
        parts.append(_link(link))
    described = _text(b"\x12", status.description) if status.description else b""
    code = status.status_code.value
    parts.append(_field(b"\x7a", described + (bytes((0x18, code)) if code else b"")))
    return b"".join(parts)


def _link(link: Link) -> bytes:
    context = link.context
    return (
        b"\x6a\x21\x0a\x10"
        + context.trace_id.to_bytes(16, "big")
        + b"\x12\x08"
        + context.span_id.to_bytes(8, "big")
        + b"\x35"
        + _flags(context)
    )


def _flags(context: SpanContext | None) -> bytes:
    return _REMOTE if context is not None and context.is_remote else _REMOTE_KNOWN


def _attribute(key: str, value: str | bool | float) -> bytes:
    if isinstance(value, str):
        any_value = _text(b"\x0a", value)
    elif isinstance(value, bool):
        any_value = b"\x10\x01" if value else b"\x10\x00"
    elif isinstance(value, int):
        any_value = b"\x18" + _varint(value & 0xFFFFFFFFFFFFFFFF)
    else:
        any_value = _double(0x21, value)
    return _field(b"\x4a", _text(b"\x0a", key) + _field(b"\x12", any_value))


@lru_cache(maxsize=64)  # one for each kind of call to each queue
def _template(template: SpanTemplate) -> bytes:
    attributes = [_attribute(key, value) for key, value in template.attributes.items()]
    return _text(b"\x2a", template.name) + _KINDS[KINDS[template.kind]] + b"".join(attributes)


def _text(tag: bytes, text: str) -> bytes:
    return _field(tag, text.encode("utf-8", "replace"))  # a lone surrogate must not cost a batch


def _field(tag: bytes, content: bytes) -> bytes:
    length = len(content)
    return tag + (_SHORT[length] if length < 128 else _varint(length)) + content


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


_SHORT = [bytes((length,)) for length in range(128)]
