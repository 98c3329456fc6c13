"""How often is a missing collector worth a log line? Layer 3, any thread: once, then at most once in five minutes.

OpenTelemetry's own loggers say something for every batch and every retry. Their lines end here; one of a kind is handed on as ours, with
how many were held back since.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

EVERY_SECONDS = 300.0
_EXPORT = (
    "opentelemetry.exporter",
    "opentelemetry.sdk._shared_internal",
    "opentelemetry.sdk.metrics",
    "opentelemetry.sdk.trace",
)
_logger = logging.getLogger("jobqueue.telemetry")


class QuietHandler(logging.Handler):
    """Takes the records of the `opentelemetry` logger. Everything about exporting is one kind, any other message a kind of its own."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.WARNING)
        self._monotonic = monotonic
        self._last: dict[str, float] = {}
        self._held_back: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Called under the handler's lock."""
        exporting = record.name.startswith(_EXPORT)
        kind = "export" if exporting else f"{record.name} {record.msg}"
        now = self._monotonic()
        last = self._last.get(kind)
        if last is not None and now - last < EVERY_SECONDS:
            self._held_back[kind] = self._held_back.get(kind, 0) + 1
            return
        self._last[kind] = now
        said = "telemetry is not delivered; jobs go on without it" if exporting else "OpenTelemetry"
        heldback = self._held_back.pop(kind, 0)
        _logger.warning("%s: %s", said, record.getMessage(), extra={"heldBack": heldback} if heldback else None)


def quieten() -> None:
    """Puts the handler in place; twice is once."""
    theirs = logging.getLogger("opentelemetry")
    if not any(isinstance(handler, QuietHandler) for handler in theirs.handlers):
        theirs.addHandler(QuietHandler())
        theirs.propagate = False
