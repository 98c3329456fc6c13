"""Ids of traces and spans: random, or the trace that a message states without naming a span."""

from __future__ import annotations

from opentelemetry.sdk.trace.id_generator import IdGenerator

from jobqueue.chance import CHANCE
from jobqueue.telemetry.instruments import STATED_TRACE_ID


class TraceIds(IdGenerator):
    """What the tracer provider asks, in the thread that starts the span."""

    def generate_trace_id(self) -> int:
        """See the SDK."""
        return STATED_TRACE_ID.get() or CHANCE.getrandbits(128) or 1

    def generate_span_id(self) -> int:
        """See the SDK."""
        return CHANCE.getrandbits(64) or 1

    def is_trace_id_random(self) -> bool:
        """See the SDK: its right-most 56 bits are, as W3C Trace Context level 2 asks of the random flag."""
        return STATED_TRACE_ID.get() is None
