"""The ways in which CloudWatch Logs fails us.

LogsError              a call failed; its `trouble` says what the shipper does next
    THROTTLED          too many calls: later (a new stream: overflow)
    MISSING            no such stream, or no such group
    REFUSED            this call can never succeed
    DENIED             no permission, bad credentials: later, and say so
    UNAVAILABLE        no connection, no answer, 5xx, unknown: later; it may have taken effect
LogGroupError          the job log cannot be written, seen at start: stop the process
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Trouble(Enum):
    """See the module."""

    THROTTLED = "throttled"
    MISSING = "missing"
    REFUSED = "refused"
    DENIED = "denied"
    UNAVAILABLE = "unavailable"


ADVICE: Mapping[Trouble, str] = {
    Trouble.THROTTLED: "other writers use up the account's quota; see JOB_LOG_STREAMS_PER_SECOND for this task's share",
    Trouble.MISSING: "the log group does not exist: check JOB_LOG_GROUP, the account and the Region",
    Trouble.REFUSED: "CloudWatch will never take these events: they go to stdout or to the overflow stream",
    Trouble.DENIED: "the task role needs logs:CreateLogStream and logs:PutLogEvents on the group's streams",
    Trouble.UNAVAILABLE: "it is tried again",
}
"""What an operator reads beside a failed call's error."""


class LogsError(Exception):
    """A call failed. The text names call, group and the service's own words."""

    def __init__(self, trouble: Trouble, text: str) -> None:
        super().__init__(text)
        self.trouble = trouble


class LogGroupError(Exception):
    """No log group, no right to write to it, or no such name. Stop at start; the text names JOB_LOG_GROUP and what to check."""
