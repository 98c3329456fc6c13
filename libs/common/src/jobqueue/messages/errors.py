"""The errors of a message, grouped by what the catcher does next. Any thread.

JobError
├── RetryJob      hide the message and try again           (raised by handlers)
├── RejectJob     to the dead-letter queue, at once         (raised by handlers)
│   └── Undecodable   the message itself cannot be used    (raised by decoding)
├── Unsupported   unknown type or newer version: retry, because a newer worker may know it
└── NothingToDo   asks for nothing: done, and no handler runs
"""

from __future__ import annotations


class JobError(Exception):
    """What a handler or the decoding of its message says about this delivery."""


class RetryJob(JobError):  # noqa: N818 (a verb reads better at the `raise`)
    """Raise it in a handler to have the job tried again later.

    `after_seconds` (0 to 43,200, the most that SQS can hide a message) overrides the backoff. The attempt counts: at the last
    allowed attempt the job is dead-lettered as `attempts_exhausted`.
    """

    def __init__(self, reason: str = "retry asked for", *, after_seconds: float | None = None) -> None:
        super().__init__(reason)
        if after_seconds is not None and not 0 <= after_seconds <= 43_200:
            raise ValueError(f"after_seconds must lie between 0 and 43200, not {after_seconds}")
        self.after_seconds = after_seconds


class RejectJob(JobError):  # noqa: N818
    """Raise it in a handler when no further attempt can help: the message goes to the dead-letter queue with `reason`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Undecodable(RejectJob):
    """The message is not one of ours: malformed JSON, wrong schema, an id that cannot be trusted."""


class Unsupported(JobError):  # noqa: N818
    """The job type or the version is unknown here. Old and new workers run together in every deployment, so it is tried again."""


class NothingToDo(JobError):  # noqa: N818
    """The message asks for nothing (S3's test event): done, without a handler."""
