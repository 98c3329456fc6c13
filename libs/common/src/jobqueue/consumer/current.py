"""Which job is this code running for? Layer 2: a context variable that the executor sets around a handler and log formatters read."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunningIds:
    """The ids that go onto every log line of a handler."""

    job_id: str
    correlation_id: str
    trace_id: str
    span_id: str


current_job: ContextVar[RunningIds | None] = ContextVar("current_job", default=None)
