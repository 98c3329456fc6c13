"""What do we ask of CloudWatch Logs, and what does its answer mean? Layer 3, shippers' threads. Blocks for one call.

The only place that knows botocore's errors; they become a `LogsError` (`errors.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
)

from jobqueue.cloudwatch.errors import LogsError, Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

    from jobqueue.cloudwatch.stream import Event


_CODES = {
    "ThrottlingException": Trouble.THROTTLED,
    "Throttling": Trouble.THROTTLED,
    "TooManyRequestsException": Trouble.THROTTLED,
    "RequestLimitExceeded": Trouble.THROTTLED,
    "LimitExceededException": Trouble.THROTTLED,
    "ResourceNotFoundException": Trouble.MISSING,
    "InvalidParameterException": Trouble.REFUSED,
    "ValidationException": Trouble.REFUSED,
    "SerializationException": Trouble.REFUSED,
    "AccessDenied": Trouble.DENIED,
    "AccessDeniedException": Trouble.DENIED,
    "UnrecognizedClientException": Trouble.DENIED,
    "InvalidSignatureException": Trouble.DENIED,
    "SignatureDoesNotMatch": Trouble.DENIED,
    "IncompleteSignature": Trouble.DENIED,
    "MissingAuthenticationTokenException": Trouble.DENIED,
    "InvalidClientTokenId": Trouble.DENIED,
    "ExpiredToken": Trouble.DENIED,
    "ExpiredTokenException": Trouble.DENIED,
    "OptInRequired": Trouble.DENIED,
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
                raise self._translated("CreateLogStream", error) from error

    def put(self, stream: str, events: Sequence[Event]) -> list[Event]:
        """Sends one batch; gives back the events that CloudWatch rejected for their age (`rejectedLogEventsInfo`).

        Raises:
            LogsError: as a whole; where the answer was lost, the events may be there, and a repeated call then doubles them.
        """
        entries: list[InputLogEventTypeDef] = [{"timestamp": event.stamp_ms, "message": event.text} for event in events]
        try:
            answer = self._client.put_log_events(logGroupName=self._group, logStreamName=stream, logEvents=entries)
        except (BotoCoreError, ClientError) as error:
            if _code(error) == "DataAlreadyAcceptedException":
                return []
            raise self._translated("PutLogEvents", error) from error
        rejected = answer.get("rejectedLogEventsInfo")
        if not rejected:
            return []
        # Ends are exclusive, the start is inclusive (API Reference, RejectedLogEventsInfo).
        old = max(rejected.get("tooOldLogEventEndIndex", 0), rejected.get("expiredLogEventEndIndex", 0))
        new = max(old, rejected.get("tooNewLogEventStartIndex", len(events)))
        return [*events[:old], *events[new:]]

    def _translated(self, action: str, error: BotoCoreError | ClientError) -> LogsError:
        if isinstance(error, ClientError):
            said = f"{_code(error)}: {error.response.get('Error', {}).get('Message', '')}"
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            trouble = _CODES.get(_code(error)) or _by_status(status)
        else:
            said = f"{type(error).__name__}: {error}"
            trouble = Trouble.DENIED if isinstance(error, _NO_CREDENTIALS) else Trouble.UNAVAILABLE
        return LogsError(trouble, f"{action} on log group {self._group}: {said}")


def _code(error: Exception) -> str:
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def _by_status(status: int) -> Trouble:
    by_status = {429: Trouble.THROTTLED, 413: Trouble.REFUSED, 401: Trouble.DENIED, 403: Trouble.DENIED}
    return by_status.get(status, Trouble.UNAVAILABLE)
