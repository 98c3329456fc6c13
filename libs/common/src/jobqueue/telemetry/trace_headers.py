"""Trace context of a message, from its headers. Pure, any thread; never raises: a header that cannot be read is ignored.

The creation context of a message is its W3C `traceparent` (and `tracestate`) attribute, else SQS's AWSTraceHeader, which X-Ray-traced AWS
services and SDKs set. Sources: W3C Trace Context level 2; X-Ray developer guide, "Tracing header".
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobqueue.messages.delivery import Attribute

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
SAMPLED = 0x01
_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_ROOT = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})")
_PARENT = re.compile(r"(?!0{16})[0-9a-f]{16}")
_MAX_STATE_CHARACTERS = 512
"""Characters of a `tracestate` that W3C asks everyone to pass on; a longer one is dropped whole."""
_CACHED_CHARACTERS = 64
"""A longer `traceparent` (a later version's) is not remembered: 512 of 256 KiB would be."""


class TraceParent(NamedTuple):
    """A creation context: 32 and 16 lower-case hex digits, W3C's flags, and `tracestate` as it came (or empty).

    `span_id` is empty where only the trace is stated (an X-Ray header with a root and no parent).
    """

    trace_id: str
    span_id: str
    flags: int
    state: str = ""


def creation_context(attributes: Mapping[str, Attribute], trace_header: str | None = None) -> TraceParent | None:
    """The creation context of a message, or None."""
    stated = attributes.get(TRACEPARENT)
    if stated is not None and isinstance(stated.value, str):
        parent = read_traceparent(stated.value)
        if parent is not None:
            state = attributes.get(TRACESTATE)
            if state is None or not isinstance(state.value, str) or len(state.value) > _MAX_STATE_CHARACTERS:
                return parent
            return parent._replace(state=state.value)
    return read_aws_trace_header(trace_header) if trace_header else None


def read_traceparent(text: str) -> TraceParent | None:
    """`00-{trace id}-{parent id}-{flags}`; a later version may have more behind, which is ignored, as W3C asks."""
    return _remembered(text) if len(text) <= _CACHED_CHARACTERS else _read_traceparent(text)


def _read_traceparent(text: str) -> TraceParent | None:
    match = _TRACEPARENT.fullmatch(text)
    if match is None or (match[1] == "00" and match[5] is not None):
        return None
    return TraceParent(match[2], match[3], int(match[4], 16))


_remembered = lru_cache(maxsize=512)(_read_traceparent)  # a header is read at its receive and again at its attempt


def read_aws_trace_header(text: str) -> TraceParent | None:
    """`Root=1-{8 hex}-{24 hex};Parent={16 hex};Sampled=1`, in any order, other fields ignored.

    Without a parent there is nothing to be a child of, but the trace is still that one. Without `Sampled`, or with `?`, the decision is
    left to us: it counts as sampled.
    """
    fields = dict(field.strip().split("=", 1) for field in text.split(";") if "=" in field)
    root, parent = _ROOT.fullmatch(fields.get("Root", "")), _PARENT.fullmatch(fields.get("Parent", ""))
    if root is None or root[1] + root[2] == "0" * 32:
        return None
    return TraceParent(root[1] + root[2], parent[0] if parent else "", 0 if fields.get("Sampled") == "0" else SAMPLED)


def write_traceparent(trace_id: str, span_id: str, flags: int) -> str:
    """The W3C header for a span's own context."""
    return f"00-{trace_id}-{span_id}-{flags & 0xFF:02x}"
