"""The errors of a message, grouped by what the catcher does next. Any thread.

JobError
├── RetryJob      hide the message and try again           (raised by handlers)
├── RejectJob     to the dead-letter queue, at once         (raised by handlers)
│   ├── Undecodable       the message itself cannot be used                       (raised by decoding)
│   └── StepInterrupted   a step that may run at most once began and is not known to have ended (raised by `Context.step`)
├── Unsupported   unknown type or newer version: retry, because a newer worker may know it
└── NothingToDo   asks for nothing: done, and no handler runs

Released         the attempt is handed back where it is, and costs nothing (a BaseException, raised by `Context.step` and `Context.resume`)
"""

from __future__ import annotations

from collections.abc import Iterator

from jobqueue.messages.limits import MAX_VISIBILITY_SECONDS

MAX_REASON_CHARACTERS = 100
"""Of a reason, so that it fits a table's column; ours."""

MAX_NAMED_ERRORS = 5
"""Errors of a group that a note names; ours."""


class JobError(Exception):
    """Base of the errors by which a handler or the decoding of its message decides about a delivery."""


class RetryJob(JobError):  # noqa: N818 (a verb reads better at the `raise`)
    """Raise it in a handler to have the job tried again later.

    `after_seconds` (0 to 43,200, the most that SQS can hide a message) overrides the backoff. The attempt counts: at the last
    allowed attempt the job is dead-lettered as `attempts_exhausted`.

    Raises:
        TypeError: `reason` is not text, or `after_seconds` not a number.
        ValueError: `after_seconds` lies outside of its bounds.
    """

    def __init__(self, reason: str = "retry asked for", *, after_seconds: float | None = None) -> None:
        super().__init__(_text(reason, "RetryJob"))
        if after_seconds is not None:
            if isinstance(after_seconds, bool) or not isinstance(after_seconds, int | float):
                raise TypeError(f"after_seconds must be a number, not {after_seconds!r:.60}")
            if not 0 <= after_seconds <= MAX_VISIBILITY_SECONDS:
                raise ValueError(f"after_seconds must lie between 0 and {MAX_VISIBILITY_SECONDS}, not {after_seconds}")
        self.after_seconds = after_seconds


class RejectJob(JobError):  # noqa: N818
    """Raise it in a handler when no further attempt can help: the message goes to the dead-letter queue with `reason`.

    `reason` is a word that readers count (`no_such_user`); what is particular to this job goes into `detail`, which may be an exception. Of a
    reason with line ends, or of more than `MAX_REASON_CHARACTERS`, as much is kept as makes a short line; the whole of it stays in the text.

    Raises:
        TypeError: `reason` is not text (an exception, an Enum, a status code) or empty.
    """

    def __init__(self, reason: str, detail: object = "") -> None:
        self.detail = str(detail)
        text = _text(reason, "RejectJob")
        self.reason = " ".join(
            "".join(one if one.isprintable() else " " for one in text[:MAX_REASON_CHARACTERS]).split()
        )
        if not self.reason:
            raise TypeError(f"RejectJob needs a reason, not {text!r:.60}: a word such as 'no_such_user'")
        super().__init__(f"{text}: {self.detail}" if self.detail else text)


class Undecodable(RejectJob):
    """The message cannot be used: malformed JSON, wrong schema, an id that cannot be trusted."""


class StepInterrupted(RejectJob):
    """An earlier attempt began a step that may run at most once, and nobody knows whether it took effect."""

    def __init__(self, detail: str) -> None:
        super().__init__("step_interrupted", detail)


class Released(BaseException):
    """The runtime ends an attempt between two of its parts, because the worker stops, the lease is lost or the time is up: handed back, it costs no
    attempt. No Exception, so that a handler's `except Exception` does not eat it."""


class Unsupported(JobError):  # noqa: N818
    """The job type or the version is unknown here. Old and new workers run together in every deployment, so it is tried again."""


class NothingToDo(JobError):  # noqa: N818
    """The message asks for nothing (S3's test event): done, without a handler."""


def decisive(error: BaseException) -> BaseException:
    """The error of a group that decides the job's outcome; an error that is not a group, itself.

    The first `RejectJob` anywhere inside, else the `RetryJob` that asks for the longest wait, else a `Released`, else the group itself: a failure
    like any other.
    """
    if not isinstance(error, BaseExceptionGroup):
        return error
    inside = list(_leaves(error))
    rejects = [one for one in inside if isinstance(one, RejectJob)]
    retries = sorted((one for one in inside if isinstance(one, RetryJob)), key=lambda one: one.after_seconds or 0)
    released = [one for one in inside if isinstance(one, Released)]
    decides: list[BaseException] = [*rejects[:1], *retries[-1:], *released]
    if not decides:
        return error
    found = decides[0]
    others = [type(one).__name__ for one in inside if one is not found]
    if others:
        more = ", ..." if len(others) > MAX_NAMED_ERRORS else ""
        found.add_note(f"Raised in a group with {', '.join(others[:MAX_NAMED_ERRORS])}{more}.")
    return found


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _text(reason: object, raised: str) -> str:
    if not isinstance(reason, str):
        raise TypeError(
            f"the reason of {raised} must be text, not {reason!r:.60} ({type(reason).__name__}): "
            "a word, with what is particular to this job behind it"
        )
    return str.__str__(reason)  # of an Enum that is text, its value
