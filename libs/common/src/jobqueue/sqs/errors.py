"""What does a failed SQS call mean to the consumer? Layer 3, any thread. The only place that knows botocore's errors.

botocore                                        ours
connection, timeout, throttled, 5xx, unknown -> QueueError    (later)
no queue, no permission, bad credentials     -> QueueRefused  (stop at start; later, slowly)
"""

from __future__ import annotations

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from jobqueue.consumer.ports import QueueError, QueueRefused

CALL_FAILED = (BotoCoreError, ClientError)
"""All that a boto3 call can raise by itself."""

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


def entry_refused(code: str) -> bool:
    """Whether an entry's error says that SQS will never accept this message: its characters, size, attributes or delay."""
    return code in _ENTRY_REFUSED


def receipt_gone(code: str) -> bool:
    """Whether an entry's error says that the receipt is no longer ours: expired, deleted, received again by another worker."""
    return code in _RECEIPT_GONE


def translate(error: Exception, *, action: str, queue: str) -> QueueError:
    """Our error for a failed call; its text says what failed, on which queue, and what to check."""
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", "Unknown"))
        said = str(error.response.get("Error", {}).get("Message", "")).strip()
        if code in _NO_QUEUE:
            return QueueRefused(
                f"{queue}: no such queue. Check the URL, the account and the Region. ({code})", code=code
            )
        if code in _NO_PERMISSION:
            hint = f"The task role needs sqs:{action} on it, and the rights on its KMS key."
            return QueueRefused(f"{queue}: {action} denied. {hint} ({code}: {said})", code=code)
        if code in _BAD_CREDENTIALS:
            return QueueRefused(
                f"{queue}: {action} refused, the credentials are not valid or expired. ({code}: {said})", code=code
            )
        return QueueError(f"{queue}: {action} failed: {code}: {said}", code=code)
    if isinstance(error, NoCredentialsError | PartialCredentialsError | CredentialRetrievalError | TokenRetrievalError):
        text = "no AWS credentials found. Give the task a role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID."
        return QueueRefused(f"{queue}: {text} ({error})", code=type(error).__name__)
    if isinstance(error, BotoConnectionError | HTTPClientError):
        text = f"{queue}: {action} did not reach the service. Check the network, the Region and AWS_ENDPOINT_URL. ({error})"
        return QueueError(text, code=type(error).__name__)
    return QueueError(f"{queue}: {action} failed: {error}", code=type(error).__name__)
