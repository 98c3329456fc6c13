"""What does an operator read when job logs cannot be shipped? Layer 3, any thread. Each kind of trouble at most once a minute."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING

from jobqueue.cloudwatch.calls import Trouble

if TYPE_CHECKING:
    from jobqueue.cloudwatch.calls import LogsError
    from jobqueue.cloudwatch.clock import Clock

logger = logging.getLogger(__name__)

EVERY_SECONDS = 60.0

_ADVICE = {
    Trouble.THROTTLED: "other writers use up the account's quota; see JOB_LOG_STREAMS_PER_SECOND for this task's share",
    Trouble.MISSING: "the log group does not exist: check JOB_LOG_GROUP, the account and the Region",
    Trouble.REFUSED: "CloudWatch will never take these events: they go to stdout or to the overflow stream",
    Trouble.DENIED: "the task role needs logs:CreateLogStream and logs:PutLogEvents on the group's streams",
    Trouble.UNAVAILABLE: "it is tried again",
}


class Troubles:
    """Says each kind once a minute, with how often it happened since."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._said: dict[Trouble, float] = {}
        self._unsaid: dict[Trouble, int] = {}

    def say(self, error: LogsError) -> None:
        """One warning, or one more in the next."""
        now = self._clock.now()
        with self._lock:
            if now - self._said.get(error.trouble, float("-inf")) < EVERY_SECONDS:
                self._unsaid[error.trouble] = self._unsaid.get(error.trouble, 0) + 1
                return
            self._said[error.trouble] = now
            unsaid = self._unsaid.pop(error.trouble, 0)
        more = f" ({unsaid} more like it since the last line)" if unsaid else ""
        logger.warning("job log: %s; %s%s", error, _ADVICE[error.trouble], more)
