"""The health file, by which the worker shows its container's health check that it is alive.

Adapter of `Heartbeat`, called by the main thread. A beat sets the modification time of a file; the container's health check looks at its age
(`python -m jobqueue.health`). The file stays empty: creating it and setting its time are single system calls, so no reader ever sees half a beat.
Put it on a tmpfs.

Never raises, never blocks, never starts a thread, never deletes the file.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobqueue import forks
from jobqueue.health import DEFAULT_FILE, DEFAULT_MAX_AGE_SECONDS
from jobqueue.settings import check_ranges, setting

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

MIN_TOUCH_SECONDS = 1.0
"""Loops advance thousands of times a second under load; the health check counts in tens of seconds."""

_FLAGS = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_CLOEXEC
    | os.O_NOFOLLOW  # /tmp is anybody's: never touch what somebody's link points to
    | os.O_NONBLOCK  # a pipe of that name must not hold up the main thread
)


@dataclass(frozen=True, slots=True)
class HealthSettings:
    """What the worker and its health check agree on; both read the same environment."""

    health_file: str = setting("the file whose age proves that the worker is alive; on a tmpfs", DEFAULT_FILE)
    health_max_age_seconds: float = setting(
        "the age at which the health check fails; above one long poll and its timeouts",
        DEFAULT_MAX_AGE_SECONDS,
        unit="seconds",
        minimum=30,
        maximum=3600,
    )

    def __post_init__(self) -> None:
        check_ranges(self)


class HealthFile:
    """Owns the health file. `beat` is called by one thread, as often as it likes."""

    def __init__(self, path: str = DEFAULT_FILE, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Touches nothing yet: before the first beat nothing is proven. `clock` gives monotonic seconds."""
        self._path = os.path.abspath(path)  # noqa: PTH100 (a handler may change the working directory)
        self._clock = clock
        self._touched: float | None = None
        self._failing = False

    def beat(self) -> None:
        """Touches the file, unless it did so less than a second ago. Logs the first of a row of failures."""
        now = self._clock()
        if forks.is_child():
            return  # it proves nothing about the worker
        if self._touched is not None and now - self._touched < MIN_TOUCH_SECONDS:
            return
        self._touched = now  # also after a failure: a full or read-only disk is not hammered
        try:
            file = os.open(self._path, _FLAGS, 0o644)
            try:
                os.utime(file)
            finally:
                os.close(file)
        except (OSError, ValueError) as error:
            if not self._failing:
                log.error("cannot touch the health file, so the health check will fail: %s", error)  # noqa: TRY400
            self._failing = True
            return
        if self._failing:
            log.info("the health file %s can be touched again", self._path)
        self._failing = False
