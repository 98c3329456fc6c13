"""The two calls to CloudWatch Logs, and what their answers mean. Callers' threads; each blocks for one call.

The only place that knows their codes; failures become a `LogsError` (`errors.py`). The body of PutLogEvents is made here, in bytes: of text it would
need four bytes a character where one is an emoji.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from jobqueue.aws.answers import CallError
from jobqueue.cloudwatch.errors import LogsError, Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobqueue.aws.service import Calls

CALL_SECONDS = 5
"""Far above what either call takes."""

_CODES = {
    code: trouble
    for trouble, codes in {
        Trouble.THROTTLED: "ThrottlingException Throttling TooManyRequestsException RequestLimitExceeded LimitExceededException",
        Trouble.MISSING: "ResourceNotFoundException",
        Trouble.REFUSED: "InvalidParameterException ValidationException SerializationException",
        Trouble.DENIED: "AccessDenied AccessDeniedException UnrecognizedClientException InvalidSignatureException SignatureDoesNotMatch "
        "IncompleteSignature MissingAuthenticationTokenException InvalidClientTokenId ExpiredToken ExpiredTokenException OptInRequired "
        "NoCredentials CredentialsUnavailable",
    }.items()
    for code in codes.split()
}


class LogsCalls:
    """The two calls, on one log group. Used by several threads at once."""

    def __init__(self, calls: Calls, group: str) -> None:
        self._calls = calls
        self._group = group

    def create(self, stream: str) -> None:
        """A stream that exists already is as good as a new one.

        Raises:
            LogsError: it may exist nevertheless.
        """
        try:
            self._calls.call("CreateLogStream", {"logGroupName": self._group, "logStreamName": stream})
        except CallError as error:
            if error.code != "ResourceAlreadyExistsException":
                raise self._translated("CreateLogStream", error) from None

    def put(self, stream: str, entries: Sequence[tuple[int, bytes]]) -> slice:
        """Sends one batch of (milliseconds since 1970, text in UTF-8). Gives the slice that CloudWatch took: it may reject events for their age.

        Raises:
            LogsError: as a whole; where the answer was lost, the events may be there, and a repeated call then doubles them.
        """
        try:
            answer = self._calls.call("PutLogEvents", _body(self._group, stream, entries))
        except CallError as error:
            if error.code == "DataAlreadyAcceptedException":
                return slice(len(entries))
            raise self._translated("PutLogEvents", error) from None
        try:
            return _accepted(answer.get("rejectedLogEventsInfo") or {}, len(entries))
        except (AttributeError, TypeError):
            text = f"PutLogEvents on log group {self._group}: rejectedLogEventsInfo is not as documented"
            raise LogsError(Trouble.UNAVAILABLE, text) from None

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
