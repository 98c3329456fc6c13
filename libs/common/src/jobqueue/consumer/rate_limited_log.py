"""Warnings that are logged at most once a minute for each kind. Any thread, finalizers included: no lock is waited for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock

EVERY_SECONDS = 60.0
MAX_KIND_CHARACTERS = 200
MAX_KINDS = 100
"""Distinct kinds; further ones share one, because a kind may hold text from outside (an error code)."""


class RateLimitedLog:
    """Logs a kind of warning at most once a minute, with how many were left out since."""

    def __init__(self, logger: logging.Logger, now: Callable[[], float] = time.monotonic) -> None:
        """`now` gives monotonic seconds."""
        self._logger = logger
        self._now = now
        self._lock = Lock()
        self._logged_at: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def warning(self, kind: str, text: str) -> None:
        """`kind` is what is limited; `text` may differ each time."""
        kind = kind[:MAX_KIND_CHARACTERS]
        now = self._now()
        if not self._lock.acquire(
            blocking=False
        ):  # another thread's at this moment, or this one's, interrupted: rather twice than never
            self._logger.warning("%s", text)
            return
        try:
            if kind not in self._logged_at and len(self._logged_at) >= MAX_KINDS:
                kind = "any other"
            if now - self._logged_at.get(kind, float("-inf")) < EVERY_SECONDS:
                self._left_out[kind] = self._left_out.get(kind, 0) + 1
                return
            self._logged_at[kind] = now
            left_out = self._left_out.pop(kind, 0)
        finally:
            self._lock.release()
        more = f" ({left_out} more like it since the last line)" if left_out else ""
        self._logger.warning("%s%s", text, more)
