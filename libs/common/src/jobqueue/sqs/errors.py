"""Translation of failed SQS calls into the consumer's errors. Any thread; the only place that knows SQS's codes.

the call                                        ours
connection, timeout, throttled, 5xx, unknown -> QueueError      (later)
no queue, no permission, bad credentials     -> QueueRefused    (stop at start; later, slowly)
something in the request                     -> RequestRefused  (in smaller calls; never with that entry)

No text of ours shows a credential (see `foreign_text`). Codes come in two spellings: SQS's older ones, which it still sends beside those of its JSON
protocol, and the latter alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jobqueue.aws.answers import BAD_CREDENTIALS, NO_CREDENTIALS, NO_PERMISSION, UNREADABLE, CallError
from jobqueue.consumer.ports import QueueError, QueueRefused, RequestRefused

_NO_QUEUE = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "InvalidAddress"})
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
        QueueError: whatever the call raises.
    """
    try:
        yield
    except CallError as error:
        raise _translate(error, action=action, queue=queue) from error
    except UNREADABLE as error:
        text = f"{queue}: the answer to {action} is not SQS's ({type(error).__name__}). Check the endpoint and any proxy in front of it."
        raise QueueError(text, code="UnexpectedAnswer") from None


def _translate(error: CallError, *, action: str, queue: str) -> QueueError:
    """Its text says what failed, on which queue, and what to check."""
    code = error.code
    if code in NO_CREDENTIALS:
        gone = QueueRefused if code == "NoCredentials" else QueueError
        return gone(f"{queue}: {error}", code=code, unknown=False)
    if code == "UnexpectedAnswer":
        text = (
            f"{queue}: the answer to {action} is not SQS's: {error}. Check the endpoint and any proxy in front of it."
        )
        return QueueError(text, code=code)
    if not error.status:
        text = f"{queue}: {action} did not reach the service. Check the network, the Region and AWS_ENDPOINT_URL. ({error})"
        return QueueError(text, code=code, unknown=error.unknown)
    if code in _NO_QUEUE:
        text = f"{queue}: no such queue. Check the URL, the account and the Region. ({code})"
        return QueueRefused(text, code=code, unknown=False)
    if code in NO_PERMISSION:
        hint = f"The role needs sqs:{action} on it, and the rights on its KMS key."
        return QueueRefused(f"{queue}: {action} denied. {hint} ({code}: {error})", code=code, unknown=False)
    if code in BAD_CREDENTIALS:
        text = f"{queue}: {action} refused, the credentials are not valid or expired. ({code}: {error})"
        return QueueRefused(text, code=code, unknown=False)
    kind = RequestRefused if code in _REQUEST_REFUSED else QueueError
    text = f"{queue}: {action} failed: {code}: {error}"
    return kind(text, code=code, unknown=error.unknown, divisible=code not in _THROTTLED)
