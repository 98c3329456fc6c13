"""The two calls to CloudWatch Logs, and what their answers mean. Nothing here waits.

The only place that knows their codes; failures become a `LogsError` (`errors.py`). The body of PutLogEvents is made here, in bytes: of text it would
need four bytes a character where one is an emoji.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from jobqueue.aws.answers import BAD_CREDENTIALS, NO_CREDENTIALS, NO_PERMISSION, CallError
from jobqueue.cloudwatch.errors import LogsError, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jobqueue.aws.service import BegunCalls

CALL_SECONDS = 5
"""Far above what either call takes."""

_CODES = {
    code: trouble
    for trouble, codes in {
        Trouble.THROTTLED: "ThrottlingException Throttling TooManyRequestsException RequestLimitExceeded LimitExceededException",
        Trouble.MISSING: "ResourceNotFoundException",
        Trouble.REFUSED: "InvalidParameterException ValidationException SerializationException",
    }.items()
    for code in codes.split()
} | dict.fromkeys(BAD_CREDENTIALS | NO_CREDENTIALS | NO_PERMISSION, Trouble.DENIED)


class LogsCalls:
    """The two calls, on one log group. Any thread begins one; what follows it is called in the thread of all requests, or at once where it was not
    begun, and must not wait for anything."""

    def __init__(self, calls: BegunCalls, group: str) -> None:
        self._calls = calls
        self._group = group

    def create(self, stream: str, then: Callable[[LogsError | None], None]) -> None:
        """A stream that exists already is as good as a new one. After an error it may exist nevertheless."""

        def answered(answer: dict[str, Any] | CallError) -> None:
            failed = isinstance(answer, CallError) and answer.code != "ResourceAlreadyExistsException"
            then(self._translated("CreateLogStream", answer) if isinstance(answer, CallError) and failed else None)

        self._begin("CreateLogStream", {"logGroupName": self._group, "logStreamName": stream}, answered)

    def put(self, stream: str, entries: Sequence[tuple[int, bytes]], then: Callable[[slice | LogsError], None]) -> None:
        """Sends one batch of (milliseconds since 1970, text in UTF-8). Tells the slice that CloudWatch took: it may reject events for their age.

        After an error the events may be there, where the answer was lost; a repeated call then doubles them.
        """
        self._begin(
            "PutLogEvents",
            _body(self._group, stream, entries),
            lambda answer: then(self._put(answer, len(entries))),
        )

    def _begin(
        self,
        operation: str,
        parameters: Mapping[str, str] | bytes,
        answered: Callable[[dict[str, Any] | CallError], None],
    ) -> None:
        try:
            self._calls.begin(operation, parameters, answered)
        except CallError as error:
            answered(error)

    def _put(self, answer: dict[str, Any] | CallError, count: int) -> slice | LogsError:
        if isinstance(answer, CallError):
            if answer.code == "DataAlreadyAcceptedException":
                return slice(count)
            return self._translated("PutLogEvents", answer)
        try:
            return _accepted(answer.get("rejectedLogEventsInfo") or {}, count)
        except (AttributeError, TypeError):
            text = f"PutLogEvents on log group {self._group}: rejectedLogEventsInfo is not as documented"
            return LogsError(Trouble.UNAVAILABLE, text)

    def _translated(self, action: str, error: CallError) -> LogsError:
        error.__traceback__ = None  # its frames hold the request's body
        trouble = _CODES.get(error.code) or _by_status(error.status)
        return LogsError(trouble, f"{action} on log group {self._group}: {error.code}: {error}")


def _body(group: str, stream: str, entries: Sequence[tuple[int, bytes]]) -> bytes:
    """What PutLogEvents takes, as the JSON protocol writes it."""
    head = b'{"logGroupName":%b,"logStreamName":%b,"logEvents":[' % (orjson.dumps(group), orjson.dumps(stream))
    parts = [b'{"timestamp":%d,"message":%b},' % (stamp_ms, orjson.dumps(text.decode())) for stamp_ms, text in entries]
    parts[-1] = parts[-1][:-1]
    return b"".join((head, *parts, b"]}"))


def _accepted(rejected: Mapping[str, int], count: int) -> slice:
    """Ends are exclusive, the start is inclusive (API reference, RejectedLogEventsInfo)."""
    old = max(rejected.get("tooOldLogEventEndIndex", 0), rejected.get("expiredLogEventEndIndex", 0))
    return slice(old, max(old, rejected.get("tooNewLogEventStartIndex", count)))


def _by_status(status: int) -> Trouble:
    by_status = {429: Trouble.THROTTLED, 413: Trouble.REFUSED, 401: Trouble.DENIED, 403: Trouble.DENIED}
    return by_status.get(status, Trouble.UNAVAILABLE)
