"""One part of what the live view reads, with its own interval and its last error.

Parts fail independently: without permission for alarms, depths are still shown. The last value stays, and each further try waits longer. Used by the
reading thread only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from jobctl.aws_errors import explain
from jobctl.watch.snapshot import ReadError

T = TypeVar("T")
MAX_PAUSE_SECONDS = 60.0
"""Longest pause between two tries. boto3 has tried each call five times before."""


class Part(Generic[T]):
    """Owns the last value (None: never read) and the last error (None: no error). `every_seconds`: the interval between two reads."""

    def __init__(
        self, read: Callable[[], T], every_seconds: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._every_seconds = every_seconds
        self._clock = clock
        self._due_at = 0.0
        self._tries = 0
        self.value: T | None = None
        self.error: ReadError | None = None

    def hurry(self) -> None:
        """Makes the part due now."""
        self._due_at = 0.0

    def read_if_due(self, stack: str) -> None:
        """As `read`, if it is due."""
        if self._clock() >= self._due_at:
            self.read(stack)

    def read(self, stack: str) -> float:
        """Reads; returns the seconds until the next read. Raises errors that are not AWS's: defects are not hidden."""
        try:
            self.value = self._read()
        except Exception as error:
            wrong = explain(error, stack)
            if wrong is None:
                raise
            self._tries += 1
            pause: float = min(MAX_PAUSE_SECONDS, self._every_seconds * 2**self._tries)
            self.error = ReadError(wrong.what, wrong.next_step, pause)
        else:
            self._tries, self.error = 0, None
            pause = self._every_seconds
        self._due_at = self._clock() + pause
        return pause
