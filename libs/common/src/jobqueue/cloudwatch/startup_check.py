"""Check of the job log's group at start, in a thread of its own beside the checks of the queues: it costs the start no time.

It is the call that makes the task's overflow stream. It needs no right that the job log does not need, its errors tell a missing group
from a missing right, and the stream is there when it is wanted most: while CreateLogStream is throttled.

A log group that is not there, or that we may not write to, stops the start. CloudWatch Logs being slow, throttled or away never does: then
there is one warning, and the job log does what it does later too.
"""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import TYPE_CHECKING

from jobqueue.cloudwatch.errors import LogGroupError, LogsError, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

MAX_CHECK_SECONDS = 2.0
"""How long a start waits for the answer once everything else is ready: 100 times what it takes."""

_STOPS = {
    Trouble.MISSING: "no such log group. Check JOB_LOG_GROUP, the account and the Region.",
    Trouble.DENIED: "the job log cannot be written. The task role needs logs:CreateLogStream and logs:PutLogEvents on the "
    "streams of JOB_LOG_GROUP.",
    Trouble.REFUSED: "not a log group. Check JOB_LOG_GROUP.",
}


class StartupCheck:
    """The check begins when this is made."""

    def __init__(self, group: str, create: Callable[[Callable[[LogsError | None], None]], None]) -> None:
        """`create` makes the overflow stream, and tells how that went; until the call is begun it may wait for credentials."""
        self._group = group
        self._create = create
        self._answered = Event()
        self._error: LogsError | None = None
        Thread(target=self._look, name="job-log-startup-check", daemon=True).start()

    def await_answer(self, seconds: float = MAX_CHECK_SECONDS) -> None:
        """Returns when jobs may begin.

        Raises:
            LogGroupError: their log would go nowhere.
        """
        if not self._answered.wait(seconds):
            logger.warning(
                "job log: no answer about log group %s within %s s; jobs begin all the same", self._group, seconds
            )
        elif self._error is not None:
            stops = _STOPS.get(self._error.trouble)
            if stops is not None:
                raise LogGroupError(f"{self._group}: {stops} ({self._error})") from self._error
            logger.warning("job log: %s; jobs begin all the same", self._error)

    def _look(self) -> None:
        try:
            self._create(self._told)
        except BaseException:
            self._answered.set()
            raise

    def _told(self, error: LogsError | None) -> None:
        self._error = error
        self._answered.set()
