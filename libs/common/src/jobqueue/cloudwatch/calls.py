"""The two calls to CloudWatch Logs, and what their answers mean. Callers' threads; each blocks for one call.

The only place that knows botocore's errors; they become a `LogsError` (`errors.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
)

from jobqueue.cloudwatch.client import ANSWER
from jobqueue.cloudwatch.errors import LogsError, Trouble
from jobqueue.foreign_text import first_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_logs import CloudWatchLogsClient


_CODES = {
    code: trouble
    for trouble, codes in {
        Trouble.THROTTLED: "ThrottlingException Throttling TooManyRequestsException RequestLimitExceeded LimitExceededException",
        Trouble.MISSING: "ResourceNotFoundException",
        Trouble.REFUSED: "InvalidParameterException ValidationException SerializationException",
        Trouble.DENIED: "AccessDenied AccessDeniedException UnrecognizedClientException InvalidSignatureException SignatureDoesNotMatch "
        "IncompleteSignature MissingAuthenticationTokenException InvalidClientTokenId ExpiredToken ExpiredTokenException OptInRequired",
    }.items()
    for code in codes.split()
}
_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, TokenRetrievalError)


class LogsCalls:
    """The two calls, on one log group. Used by several threads at once."""

    def __init__(self, client: CloudWatchLogsClient, group: str) -> None:
        self._client = client
        self._group = group

    def create(self, stream: str) -> None:
        """A stream that exists already is as good as a new one.

        Raises:
            LogsError: it may exist nevertheless.
        """
        try:
            self._client.create_log_stream(logGroupName=self._group, logStreamName=stream)
        except (BotoCoreError, ClientError) as error:
            if _code(error) != "ResourceAlreadyExistsException":
                raise self._translated("CreateLogStream", error) from None

    def put(self, stream: str, entries: Sequence[tuple[int, bytes]]) -> slice:
        """Sends one batch of (milliseconds since 1970, text in UTF-8). Gives the slice that CloudWatch took: it may reject events for their age.

        Raises:
            LogsError: as a whole; where the answer was lost, the events may be there, and a repeated call then doubles them.
        """
        try:
            answer: Any = self._client.put_log_events(body=_body(self._group, stream, entries))  # type: ignore[call-arg]
        except (BotoCoreError, ClientError) as error:
            if _code(error) == "DataAlreadyAcceptedException":
                return slice(len(entries))
            raise self._translated("PutLogEvents", error) from None
        try:
            return _accepted(answer[ANSWER].get("rejectedLogEventsInfo") or {}, len(entries))
        except (AttributeError, TypeError):
            text = f"PutLogEvents on log group {self._group}: rejectedLogEventsInfo is not as documented"
            raise LogsError(Trouble.UNAVAILABLE, text) from None

    def _translated(self, action: str, error: BotoCoreError | ClientError) -> LogsError:
        _let_go(error)
        if isinstance(error, ClientError):
            text = f"{_code(error)}: {first_line(error.response.get('Error', {}).get('Message', ''))}"
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            trouble = _CODES.get(_code(error)) or _by_status(status)
        else:
            text = f"{type(error).__name__}: {first_line(error)}"
            trouble = Trouble.DENIED if isinstance(error, _NO_CREDENTIALS) else Trouble.UNAVAILABLE
        return LogsError(trouble, f"{action} on log group {self._group}: {text}")


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


def _let_go(error: BaseException | None) -> None:
    """botocore's frames hold its error, which holds them: the request's body would stay until the next full collection."""
    while error is not None:
        error.__traceback__ = None
        error = error.__context__


def _code(error: Exception) -> str:
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def _by_status(status: int) -> Trouble:
    by_status = {429: Trouble.THROTTLED, 413: Trouble.REFUSED, 401: Trouble.DENIED, 403: Trouble.DENIED}
    return by_status.get(status, Trouble.UNAVAILABLE)
