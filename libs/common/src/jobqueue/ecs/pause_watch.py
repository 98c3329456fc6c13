"""Detect that a service was paused although ECS spares this task; a thread of its own.

A pause sets the service's desired count to 0, and ECS stops its tasks; those that are protected it stops only when they
are no longer protected, and does not notify them. So a protected task asks. It goes on asking while it assumes a pause,
protected or not: somebody may have ended that in between.

Within 60 s of a pause no message is received any more, one failed call included: LOOK_SECONDS until it is asked, the call
(5 s, `service.CALL_SECONDS`), AGAIN_SECONDS and another call, the consumer's tick (1 s), the long poll in flight (20 s).

Never raises, never blocks a caller. It fails open: what was not answered is not a pause.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Condition, Thread

log = logging.getLogger(__name__)

LOOK_SECONDS = 20.0
"""Between two calls. The ECS API is throttled per account and Region, over all tasks, for reads of services at 20 a second
in the long run (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html): 400 protected tasks."""

AGAIN_SECONDS = 5.0
MAX_AGAIN_SECONDS = 60.0
"""From a failure to the next call: 5, 10, 20, ... seconds, so that a throttled API is spared."""

MAX_ASSUMED_SECONDS = 300.0
"""How long a pause is assumed that could not be confirmed again. Then work goes on: a permission that was taken away must not
idle a task for ever, and a real pause ends with ECS's signal as soon as the task is not protected any more."""

LOG_SECONDS = 60.0
"""Minimum between two log lines about failures."""


class PauseWatch:
    """Owns the last answer. `paused` and `look` may be used from any thread; `close` ends the watch."""

    def __init__(
        self,
        desired_count: Callable[[], int],
        is_protected: Callable[[], bool],
        *,
        look_seconds: float = LOOK_SECONDS,
        again_seconds: float = AGAIN_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`desired_count` blocks for a call and may raise anything; it is called by the watch's thread alone. `is_protected` never blocks."""
        self._desired_count = desired_count
        self._is_protected = is_protected
        self._look_seconds = look_seconds
        self._again_seconds = again_seconds
        self._now = now
        self._changed = Condition()
        self._thread: Thread | None = None
        self._closed = False
        self._paused_at: float | None = None  # when ECS last answered so; None: it answered otherwise, or not yet
        self._failures = 0  # this and the next by the thread alone
        self._logged_at: float | None = None

    @property
    def paused(self) -> bool:
        """Whether ECS wants no task of this service, as far as we know."""
        at = self._paused_at
        return at is not None and self._now() - at < MAX_ASSUMED_SECONDS

    def look(self) -> None:
        """Starts to ask, as protection is wanted. Returns at once; repeating is free."""
        with self._changed:
            if self._closed:
                return
            if self._thread is None:
                self._thread = Thread(target=self._run, name="pause-watch", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """Makes no further call; one that is in flight is not waited for."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        while self._wait_until_wanted():
            pause = self._ask()
            with self._changed:
                self._changed.wait_for(lambda: self._closed, pause)

    def _wait_until_wanted(self) -> bool:
        """False: never again."""
        with self._changed:
            # `is_protected` may end by time alone, never begin: who begins calls `look`.
            self._changed.wait_for(lambda: self._closed or self._is_protected() or self.paused)
            return not self._closed

    def _ask(self) -> float:
        """Makes one call; returns the seconds until the next."""
        was_paused = self.paused
        try:
            wanted = self._desired_count()
        except Exception as error:  # noqa: BLE001 (ServiceError; a defect must not end the loop either)
            self._failures = min(self._failures + 1, 10)
            self._log_failure(error)
            return min(self._again_seconds * 2.0 ** (self._failures - 1), MAX_AGAIN_SECONDS)
        self._failures = 0
        self._paused_at = self._now() if wanted == 0 else None
        if self.paused is not was_paused:
            log.info(
                "paused: ECS wants no task of this service; nothing more is received, running jobs go on to their end"
                if wanted == 0
                else "no longer paused: ECS wants tasks of this service; receiving goes on"
            )
        return self._look_seconds

    def _log_failure(self, error: Exception) -> None:
        now = self._now()
        if self._logged_at is None or now - self._logged_at >= LOG_SECONDS:
            self._logged_at = now
            log.warning("cannot find out whether the service is paused, jobs go on: %s", error)
