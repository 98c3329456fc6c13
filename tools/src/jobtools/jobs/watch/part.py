"""One part of what the live view reads, with its own pace: when is it due, and what if AWS refuses it? Layer: tools, the reading thread only.

Parts fail one by one: who may not see alarms still sees depths. What was read last stays, and the next try waits longer each time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from jobtools.jobs.exits import Wrong
from jobtools.jobs.trouble import explained
from jobtools.jobs.watch.snapshot import Trouble

T = TypeVar("T")
MOST_PAUSE_SECONDS = 60.0
"""Between two tries of what fails. boto3 has tried each call five times before."""


class Part(Generic[T]):
    """Owns the last value (None: never read) and the trouble with it (None: none). `every_seconds`: how often it is worth its calls."""

    def __init__(
        self, read: Callable[[], T], every_seconds: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._every_seconds = every_seconds
        self._clock = clock
        self._due_at = 0.0
        self._tries = 0
        self.value: T | None = None
        self.trouble: Trouble | None = None

    def hurry(self) -> None:
        """The person does not want to wait."""
        self._due_at = 0.0

    def look(self, stack: str) -> None:
        """Reads if it is due. Raises what is no answer of AWS: a defect of ours is not hidden."""
        if self._clock() < self._due_at:
            return
        try:
            self.value = self._read()
        except Exception as error:
            wrong = error if isinstance(error, Wrong) else explained(error, stack)
            if wrong is None:
                raise
            self._tries += 1
            pause = min(MOST_PAUSE_SECONDS, self._every_seconds * 2**self._tries)
            self.trouble = Trouble(wrong.what, wrong.next_step, pause)
        else:
            self._tries, pause, self.trouble = 0, self._every_seconds, None
        self._due_at = self._clock() + pause
