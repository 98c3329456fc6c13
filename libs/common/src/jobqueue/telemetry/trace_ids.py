"""Trace ids of spans without a parent: random, or the one that a message states without naming a span."""

from __future__ import annotations

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from jobqueue.telemetry.signals import STATED_TRACE_ID


class TraceIds(RandomIdGenerator):
    """What the tracer provider asks, in the thread that starts the span."""

    def generate_trace_id(self) -> int:
        """See the SDK."""
        return STATED_TRACE_ID.get() or super().generate_trace_id()
