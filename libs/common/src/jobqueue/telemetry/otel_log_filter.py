"""Filter of OpenTelemetry's own log lines, one for every batch and every retry. Any thread.

Those about exports go to the `ExportHealth`, which decides whether they are logged. Any other message is passed on as ours, each kind at
most once in five minutes, with how many were held back since.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic as system_monotonic

from jobqueue.consumer.job_events import text_of
from jobqueue.consumer.rate_limited_log import MAX_KIND_CHARACTERS, MAX_KINDS
from jobqueue.telemetry.export_health import EVERY_SECONDS, ExportHealth
from jobqueue.telemetry.harmless import harmless

_EXPORTERS = "opentelemetry.exporter"
_EXPORT_LOOPS = {
    "opentelemetry.sdk._shared_internal": "traces",
    "opentelemetry.sdk.metrics._internal.export": "metrics",
}
"""Which signal the SDK's own threads export. Their errors are exports that raised."""
_DROPPED = "Queue full"
"""What the SDK logs for each span that it drops; the spans before it wait for a collector that is too slow."""
_logger = logging.getLogger("jobqueue.telemetry")


class OtelLogFilter(logging.Handler):
    """Handler of the `opentelemetry` logger."""

    def __init__(self, export_health: ExportHealth, monotonic: Callable[[], float] = system_monotonic) -> None:
        super().__init__(logging.WARNING)
        self.export_health = export_health
        self._monotonic = monotonic
        self._last: dict[str, float] = {}
        self._held_back: dict[str, int] = {}

    def handle(self, record: logging.LogRecord) -> bool:
        """In place of the standard one, which holds a lock: a span may end in a finalizer that interrupts this, and be dropped with a log line."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Any thread."""
        harmless(None, self._take, record)

    def _take(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.name.startswith(_EXPORTERS):
            self.export_health.note_reason(text)
            return
        signal = _EXPORT_LOOPS.get(record.name)
        if signal is not None and (record.levelno >= logging.ERROR or text.startswith(_DROPPED)):
            error = record.exc_info[1] if record.exc_info else None
            self.export_health.failed(
                signal, text if error is None else f"{text} {type(error).__name__}: {text_of(error)}"
            )
            return
        self._log_rarely(f"{record.name} {record.msg}", text)

    def _log_rarely(self, kind: str, text: str) -> None:
        kind = kind[:MAX_KIND_CHARACTERS]
        if kind not in self._last and len(self._last) >= MAX_KINDS:
            kind = "any other"
        now = self._monotonic()
        last = self._last.get(kind)
        if last is not None and now - last < EVERY_SECONDS:
            self._held_back[kind] = self._held_back.get(kind, 0) + 1
            return
        self._last[kind] = now
        held_back = self._held_back.pop(kind, 0)
        _logger.warning("OpenTelemetry: %s", text, extra={"heldBack": held_back} if held_back else None)


def filter_otel_logs() -> ExportHealth:
    """Installs the filter, once; returns its `ExportHealth`."""
    theirs = logging.getLogger("opentelemetry")
    for handler in theirs.handlers:
        if isinstance(handler, OtelLogFilter):
            return handler.export_health
    export_health = ExportHealth()
    theirs.addHandler(OtelLogFilter(export_health))
    theirs.propagate = False
    return export_health
