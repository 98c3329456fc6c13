"""The end of OpenTelemetry's own log lines, which say something for every batch and every retry. Any thread.

What they say about exporting goes to the `Outage`, which decides whether it is told. Any other message is handed on as ours, each kind at
most once in five minutes, with how many were held back since.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic as system_monotonic

from jobqueue.consumer.rare_log import MAX_KIND_CHARACTERS, MAX_KINDS
from jobqueue.consumer.story import text_of
from jobqueue.telemetry.harmless import harmless
from jobqueue.telemetry.outage import EVERY_SECONDS, Outage

_EXPORTERS = "opentelemetry.exporter"
_EXPORT_LOOPS = {
    "opentelemetry.sdk._shared_internal": "traces",
    "opentelemetry.sdk.metrics._internal.export": "metrics",
}
"""Which signal the SDK's own threads export. Their errors are exports that raised."""
_DROPPED = "Queue full"
"""What the SDK says for each span that it drops; the spans before it wait for a collector that is too slow."""
_logger = logging.getLogger("jobqueue.telemetry")


class QuietHandler(logging.Handler):
    """Takes the records of the `opentelemetry` logger."""

    def __init__(self, outage: Outage, monotonic: Callable[[], float] = system_monotonic) -> None:
        super().__init__(logging.WARNING)
        self.outage = outage
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
        said = record.getMessage()
        if record.name.startswith(_EXPORTERS):
            self.outage.because(said)
            return
        signal = _EXPORT_LOOPS.get(record.name)
        if signal is not None and (record.levelno >= logging.ERROR or said.startswith(_DROPPED)):
            error = record.exc_info[1] if record.exc_info else None
            self.outage.failed(signal, said if error is None else f"{said} {type(error).__name__}: {text_of(error)}")
            return
        self._tell_rarely(f"{record.name} {record.msg}", said)

    def _tell_rarely(self, kind: str, said: str) -> None:
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
        _logger.warning("OpenTelemetry: %s", said, extra={"heldBack": held_back} if held_back else None)


def quieten() -> Outage:
    """Puts the handler in place; twice is once."""
    theirs = logging.getLogger("opentelemetry")
    for handler in theirs.handlers:
        if isinstance(handler, QuietHandler):
            return handler.outage
    outage = Outage()
    theirs.addHandler(QuietHandler(outage))
    theirs.propagate = False
    return outage
