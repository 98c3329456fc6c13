"""One log line when telemetry does not get out, one when it does again, whatever is lost in between. Any thread.

A collector that comes and goes costs two lines in five minutes at most; one that is gone for longer than that is told even if it went
while nothing was to be said.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock

EVERY_SECONDS = 300.0
_logger = logging.getLogger("jobqueue.telemetry")


class Outage:
    """One for the process. Exporters report how each export ended; the outage is over when every signal that failed has been delivered."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._failing: set[str] = set()
        self._since = 0.0
        self._failures = 0
        self._told = False
        self._last_told = float("-inf")
        self._reason = ""
        self.by_way_of = ""
        """Said behind the reason: the proxy that the exports go through."""

    def because(self, reason: str) -> None:
        """What an exporter says about the export under way: told where that export fails, forgotten where a repetition helps.

        The first words count: the last ones only say that the time for repetitions is over.
        """
        self._reason = self._reason or reason

    def failed(self, signal: str, reason: str = "") -> None:
        """Something of this signal is lost. Without a reason, it is the one heard."""
        now = self._monotonic()
        reason, self._reason = reason or self._reason, ""
        if not self._lock.acquire(blocking=False):
            return  # another thread tells the same, or a finalizer interrupted this one
        try:
            if not self._failing:
                self._since, self._failures, self._told = now, 0, False
            self._failing.add(signal)
            self._failures += 1
            if self._told or now - self._last_told < EVERY_SECONDS:
                return
            self._told, self._last_told = True, now
        finally:
            self._lock.release()
        _logger.warning(
            "telemetry is not delivered; jobs go on without it: %s%s", reason or "no reason is given", self.by_way_of
        )

    def delivered(self, signal: str) -> None:
        """The collector took an export of this signal."""
        self._reason = ""
        if not self._failing:
            return
        if not self._lock.acquire(blocking=False):
            return  # the next export tells it
        try:
            self._failing.discard(signal)
            if self._failing or not self._told:
                return
            self._told = False
            lost = {"afterSeconds": round(self._monotonic() - self._since, 1), "failures": self._failures}
        finally:
            self._lock.release()
        _logger.info("telemetry is delivered again", extra=lost)
