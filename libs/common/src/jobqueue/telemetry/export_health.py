"""Health of the exports: one log line when telemetry is no longer delivered, one when it is again. Any thread.

A collector that comes and goes costs two lines in five minutes at most; an outage that lasts longer is always logged.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock

EVERY_SECONDS = 300.0
_logger = logging.getLogger("jobqueue.telemetry")


class ExportHealth:
    """One for the process. Exporters report how each export ended; an outage ends when every signal that failed has been delivered."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._failing: set[str] = set()
        self._since = 0.0
        self._failures = 0
        self._logged = False
        self._last_logged = float("-inf")
        self._reason = ""
        self.proxy_note = ""
        """Logged behind the reason: the proxy that the exports go through."""

    def note_reason(self, reason: str) -> None:
        """Keeps what an exporter logs about the export under way, until it fails or a repetition helps.

        The first reason counts: the last one only says that the time for repetitions is over.
        """
        self._reason = self._reason or reason

    def failed(self, signal: str, reason: str = "") -> None:
        """Something of this signal is lost. Without a reason, the one noted before."""
        now = self._monotonic()
        reason, self._reason = reason or self._reason, ""
        if not self._lock.acquire(blocking=False):
            return  # another thread logs the same, or a finalizer interrupted this one
        try:
            if not self._failing:
                self._since, self._failures, self._logged = now, 0, False
            self._failing.add(signal)
            self._failures += 1
            if self._logged or now - self._last_logged < EVERY_SECONDS:
                return
            self._logged, self._last_logged = True, now
        finally:
            self._lock.release()
        _logger.warning(
            "telemetry is not delivered; jobs go on without it: %s%s", reason or "no reason is given", self.proxy_note
        )

    def delivered(self, signal: str) -> None:
        """The collector took an export of this signal."""
        self._reason = ""
        if not self._failing:
            return
        if not self._lock.acquire(blocking=False):
            return  # the next export logs it
        try:
            self._failing.discard(signal)
            if self._failing or not self._logged:
                return
            self._logged = False
            lost = {"afterSeconds": round(self._monotonic() - self._since, 1), "failures": self._failures}
        finally:
            self._lock.release()
        _logger.info("telemetry is delivered again", extra=lost)
