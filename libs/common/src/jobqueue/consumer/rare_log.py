"""Troubles that are said once a minute, however often they happen. Any thread, finalizers included: no lock is waited for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock

EVERY_SECONDS = 60.0
MAX_KIND_CHARACTERS = 200
MAX_KINDS = 100
"""Kinds told apart; beyond them all are one, because a kind may hold a word from outside (an error code)."""


class RareLog:
    """Logs a kind of trouble at most once a minute, with how often it happened since."""

    def __init__(self, logger: logging.Logger, now: Callable[[], float] = time.monotonic) -> None:
        """`now` gives monotonic seconds."""
        self._logger = logger
        self._now = now
        self._lock = Lock()
        self._said: dict[str, float] = {}
        self._unsaid: dict[str, int] = {}

    def warning(self, kind: str, text: str) -> None:
        """`kind` tells troubles apart; `text` may differ each time."""
        kind = kind[:MAX_KIND_CHARACTERS]
        now = self._now()
        if not self._lock.acquire(
            blocking=False
        ):  # another thread's at this moment, or this one's, interrupted: rather twice than never
            self._logger.warning("%s", text)
            return
        try:
            if kind not in self._said and len(self._said) >= MAX_KINDS:
                kind = "any other"
            if now - self._said.get(kind, float("-inf")) < EVERY_SECONDS:
                self._unsaid[kind] = self._unsaid.get(kind, 0) + 1
                return
            self._said[kind] = now
            unsaid = self._unsaid.pop(kind, 0)
        finally:
            self._lock.release()
        more = f" ({unsaid} more like it since the last line)" if unsaid else ""
        self._logger.warning("%s%s", text, more)
