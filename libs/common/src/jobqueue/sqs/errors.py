"""Translation of failed SQS calls into the consumer's errors. Any thread; the only place that knows botocore's errors.

botocore                                        ours
connection, timeout, throttled, 5xx, unknown -> QueueError      (later)
no queue, no permission, bad credentials     -> QueueRefused    (stop at start; later, slowly)
something in the request                     -> RequestRefused  (in smaller calls; never with that entry)

No text of ours shows a credential (see `foreign_text`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigNotFound,
    ConfigParseError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    InvalidConfigError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
    TokenRetrievalError,
    UnknownCredentialError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)
from botocore.parsers import ResponseParserError

from jobqueue.consumer.ports import QueueError, QueueRefused, RequestRefused
from jobqueue.foreign_text import first_line

CALL_FAILED = (BotoCoreError, ClientError)
"""What a boto3 call means to raise."""

_UNEXPECTED = (ResponseParserError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What botocore and we stumble over in an answer that is not SQS's: null, a list, a web page, an entry without its fields."""

_NO_CREDENTIALS = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    TokenRetrievalError,
    ConfigNotFound,
    ConfigParseError,
    InvalidConfigError,
    UnknownCredentialError,
)
_NEVER_SENT = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)

_NO_QUEUE = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "InvalidAddress"})
_NO_PERMISSION = frozenset({"AccessDenied", "AccessDeniedException", "KMS.AccessDeniedException", "AuthorizationError"})
_BAD_CREDENTIALS = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "ExpiredTokenException",
        "MissingAuthenticationToken",
        "InvalidAccessKeyId",
        "OptInRequired",
        "InvalidSecurity",
    }
)
_RECEIPT_GONE = frozenset(
    {
        "ReceiptHandleIsInvalid",
        "InvalidParameterValue",
        "MessageNotInflight",
        "AWS.SimpleQueueService.MessageNotInflight",
        "AWS.SimpleQueueService.ReceiptHandleIsInvalid",
    }
)
_ENTRY_REFUSED = frozenset(
    {
        "InvalidMessageContents",
        "InvalidParameterValue",
        "InvalidParameterValueException",
        "InvalidAttributeValue",
        "MissingParameter",
    }
)
_REQUEST_REFUSED = _ENTRY_REFUSED | {
    "BatchRequestTooLong",
    "AWS.SimpleQueueService.BatchRequestTooLong",
    "SerializationException",
    "ValidationError",
    "ValidationException",
}
_THROTTLED = frozenset(
    {
        "RequestThrottled",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "OverLimit",
        "SlowDown",
        "ServiceUnavailable",
        "KMS.ThrottlingException",
    }
)


def entry_refused(code: str) -> bool:
    """Whether an entry's error says that SQS will never accept this message: its characters, size, attributes or delay."""
    return code in _ENTRY_REFUSED


def receipt_gone(code: str) -> bool:
    """Whether an entry's error says that the receipt is no longer ours: expired, deleted, received again by another worker."""
    return code in _RECEIPT_GONE


@contextmanager
def translated(action: str, queue: str) -> Iterator[None]:
    """Around a call and the reading of its answer. `action` is SQS's name of the permission, `queue` the queue's name.

    Raises:
        QueueError: whatever botocore raises.
    """
    try:
        yield
    except CALL_FAILED as error:
        # Its cause is kept for who explains it further, unless the cause would show a credential.
        raise translate(error, action=action, queue=queue) from (None if _quotes(error) else error)
    except OSError as error:  # a file that a credential is read from, such as AWS_WEB_IDENTITY_TOKEN_FILE
        what = "Check AWS_WEB_IDENTITY_TOKEN_FILE and the other files that AWS_* variables name"
        detail = f"{error.strerror}: {error.filename}" if error.filename else type(error).__name__
        raise QueueRefused(
            f"{queue}: {action} failed: {detail}. {what}.", code=type(error).__name__, unknown=False
        ) from None
    except RuntimeError as error:  # botocore: a refresh brought credentials that are already expired
        raise QueueError(
            f"{queue}: {action} failed: {first_line(error)}", code=type(error).__name__, unknown=False
        ) from None
    except _UNEXPECTED as error:
        text = f"{queue}: the answer to {action} is not SQS's ({type(error).__name__}). Check the endpoint and any proxy in front of it."
        raise QueueError(text, code="UnexpectedAnswer") from None


def translate(error: Exception, *, action: str, queue: str) -> QueueError:
    """Our error for a failed call; its text says what failed, on which queue, and what to check."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        code = str(error.response.get("Error", {}).get("Code", "Unknown"))
        detail = first_line(error.response.get("Error", {}).get("Message", ""))
        if code in _NO_QUEUE:
            return QueueRefused(
                f"{queue}: no such queue. Check the URL, the account and the Region. ({code})",
                code=code,
                unknown=False,
            )
        if code in _NO_PERMISSION:
            hint = f"The task role needs sqs:{action} on it, and the rights on its KMS key."
            return QueueRefused(f"{queue}: {action} denied. {hint} ({code}: {detail})", code=code, unknown=False)
        if code in _BAD_CREDENTIALS:
            return QueueRefused(
                f"{queue}: {action} refused, the credentials are not valid or expired. ({code}: {detail})",
                code=code,
                unknown=False,
            )
        kind = RequestRefused if code in _REQUEST_REFUSED else QueueError
        text = f"{queue}: {action} failed: {code}: {detail}"
        return kind(text, code=code, unknown=status >= 500, divisible=code not in _THROTTLED)
    code = type(error).__name__
    if isinstance(error, _NO_CREDENTIALS):
        text = "no AWS credentials found. Give the task a role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID."
        return QueueRefused(f"{queue}: {text} ({first_line(error)})", code=code, unknown=False)
    if isinstance(error, HTTPClientError) and _quotes(error):
        text = "a credential holds a line end or another character that cannot be sent. Look at AWS_SESSION_TOKEN or at where it comes from."
        return QueueRefused(f"{queue}: {text}", code="InvalidHeader", unknown=False)
    if isinstance(error, BotoConnectionError | HTTPClientError):
        text = f"{queue}: {action} did not reach the service. Check the network, the Region and AWS_ENDPOINT_URL. ({first_line(error)})"
        return QueueError(text, code=code, unknown=not isinstance(error, _NEVER_SENT))
    return QueueError(f"{queue}: {action} failed: {first_line(error)}", code=code)


def _quotes(error: Exception) -> bool:
    """Whether its text may show a credential: in the lines behind the first, or in the header that could not be sent."""
    unsent = isinstance(error, HTTPClientError) and isinstance(error.kwargs.get("error"), ValueError)
    return unsent or "\n" in str(error)
