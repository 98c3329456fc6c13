"""A span of a trace, made from OTLP, read from X-Ray, or measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """One span. Ids are lower-case hex; times are nanoseconds since 1970. `linked_traces` are the traces that its links name."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    service: str
    kind: str
    start_ns: int
    end_ns: int
    attributes: Mapping[str, object] = field(default_factory=dict)
    failed: bool = False
    linked_traces: frozenset[str] = frozenset()

    def text(self, name: str) -> str:
        """An attribute as text; empty if it is absent."""
        value = self.attributes.get(name)
        return "" if value is None else str(value)


def of_trace(spans: Iterable[Span], trace_id: str) -> list[Span]:
    """The spans of a trace, and the calls that link to it (one receive or send carries messages of many traces); by their start."""
    chosen = [span for span in spans if span.trace_id == trace_id or trace_id in span.linked_traces]
    return sorted(chosen, key=lambda span: (span.start_ns, span.end_ns))
