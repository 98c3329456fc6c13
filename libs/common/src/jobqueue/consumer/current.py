"""The job that this code runs for: a context variable that the executor sets around a handler and log formatters read."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunningIds:
    """The ids that go onto every log line of a handler."""

    job_id: str
    correlation_id: str
    trace_id: str
    span_id: str

    def fields(self) -> dict[str, object]:
        """As they stand on a line."""
        named: dict[str, object] = {"jobId": self.job_id, "correlationId": self.correlation_id}
        if self.trace_id:
            named |= {"traceId": self.trace_id, "spanId": self.span_id}
        return named


current_job: ContextVar[RunningIds | None] = ContextVar("current_job", default=None)


def on_event_loop() -> bool:
    """Whether this thread runs an event loop's callbacks: waiting here would hold up all that it does. Loads no asyncio."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None  # noqa: SLF001 (documented: None in place of an error)
