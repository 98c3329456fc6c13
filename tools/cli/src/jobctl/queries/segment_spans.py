"""X-Ray's segments as spans, so that one waterfall shows spans received over OTLP and those read from X-Ray.

The collector makes a segment named after the service of each attempt, and below it the attempt's own span (`process QUEUE`): one thing twice, so the
segment is left out. A span whose parent is the segment becomes a sibling of the subsegment, and is never lost.
https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jobctl.queries.span import Span
from jobqueue.telemetry import names

_FAILED = ("fault", "error", "throttle")
_ENDLESS_SECONDS = 0.0
"""The duration of a segment in progress, which has no end yet."""


def spans_of(segments: Iterable[Mapping[str, Any]]) -> list[Span]:
    """The spans of the documents of `xray.batch_get_traces`."""
    return [span for segment in segments for span in _segment(segment)]


def w3c_trace_id(xray_id: str) -> str:
    """The 32 hex digits of X-Ray's `1-{8 digits}-{24 digits}`."""
    return xray_id.removeprefix("1-").replace("-", "")


def xray_trace_id(trace_id: str) -> str:
    """The 32 hex digits of a W3C trace id as X-Ray writes them:
    https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids"""
    return f"1-{trace_id[:8]}-{trace_id[8:]}"


def _segment(segment: Mapping[str, Any]) -> Iterator[Span]:
    service, trace_id = segment["name"], w3c_trace_id(segment["trace_id"])
    children = segment.get("subsegments", [])
    if not children:
        yield _span(segment, service, trace_id, segment.get("parent_id", ""), segment)
    for child in children:
        yield from _below(child, service, trace_id, segment.get("parent_id", ""), segment)


def _below(
    one: Mapping[str, Any], service: str, trace_id: str, parent_id: str, segment: Mapping[str, Any]
) -> Iterator[Span]:
    yield _span(one, service, trace_id, parent_id, segment)
    for child in one.get("subsegments", []):
        yield from _below(child, service, trace_id, one["id"], one)


def _span(one: Mapping[str, Any], service: str, trace_id: str, parent_id: str, segment: Mapping[str, Any]) -> Span:
    attributes = {**_attributes(segment), **_attributes(one)}
    operation = one["name"].partition(" ")[0]
    if names.OPERATION_NAME not in attributes and " " in one["name"]:
        attributes[names.OPERATION_NAME] = operation
    return Span(
        trace_id=trace_id,
        span_id=one["id"],
        parent_id=parent_id,
        name=one["name"],
        service=service,
        # The exporter marks a consumer's span like a client's: an attempt is recognized by its name.
        kind="consumer" if operation == "process" else "client" if one.get("namespace") == "remote" else "internal",
        start_ns=_nanoseconds(one["start_time"]),
        end_ns=_nanoseconds(one.get("end_time", one["start_time"] + _ENDLESS_SECONDS)),
        attributes=attributes,
        failed=any(one.get(word) for word in _FAILED),
        linked_traces=frozenset(w3c_trace_id(link["trace_id"]) for link in one.get("links", [])),
    )


def _attributes(one: Mapping[str, Any]) -> dict[str, object]:
    """The attributes of a segment: annotations (indexed) and metadata. The exporter of older collectors wrote `_` for `.` in annotations."""
    found: dict[str, object] = {}
    for values in (one.get("metadata") or {}).values():
        if isinstance(values, Mapping):
            found.update(values)
    found.update(one.get("annotations") or {})
    return found


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1_000_000) * 1000
