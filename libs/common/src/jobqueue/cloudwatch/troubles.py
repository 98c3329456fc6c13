"""What an operator reads when job logs cannot be shipped: each kind of trouble at most once a minute. Callers' threads."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jobqueue.cloudwatch.errors import Trouble
from jobqueue.consumer.rare_log import RareLog

if TYPE_CHECKING:
    from jobqueue.cloudwatch.errors import LogsError

logger = logging.getLogger(__name__)

_ADVICE = {
    Trouble.THROTTLED: "other writers use up the account's quota; see JOB_LOG_STREAMS_PER_SECOND for this task's share",
    Trouble.MISSING: "the log group does not exist: check JOB_LOG_GROUP, the account and the Region",
    Trouble.REFUSED: "CloudWatch will never take these events: they go to stdout or to the overflow stream",
    Trouble.DENIED: "the task role needs logs:CreateLogStream and logs:PutLogEvents on the group's streams",
    Trouble.UNAVAILABLE: "it is tried again",
}


class Troubles:
    """Says each kind of trouble, rarely, with what to check."""

    def __init__(self) -> None:
        self._rare = RareLog(logger)

    def say(self, error: LogsError) -> None:
        """One warning, or one more in the next."""
        self._rare.warning(error.trouble.name, f"job log: {error}; {_ADVICE[error.trouble]}")
