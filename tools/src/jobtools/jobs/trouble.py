"""What does an error of AWS mean for the person, and what is next? Layer: tools, pure. Every error that boto3 raises ends here, once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobqueue.consumer.ports import QueueError
from jobtools.deploy.wrong import NotAllowed, Wrong
from jobtools.jobs.exits import NothingFound

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_LOG_IN = "log in (aws sso login, or new keys), see that `aws sts get-caller-identity` answers, run it again"
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_INVALID = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"})
_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403", "KMS.AccessDenied"}
)
_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestThrottled",
        "RequestLimitExceeded",
        "LimitExceededException",
        "SlowDown",
    }
)
_GONE = frozenset(
    {
        "ResourceNotFoundException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "ClusterNotFoundException",
        "ServiceNotFoundException",
    }
)
_CHANGING = frozenset(
    {"SendMessage", "SendMessageBatch", "DeleteMessage", "DeleteMessageBatch", "UpdateService", "PutParameter"}
    | {"RegisterScalableTarget", "DeleteParameter"}
)
"""Calls that the reading policy does not allow."""
_ON_WHAT = re.compile(r"on resource:? (\S+)")


def explained(error: Exception, stack: str) -> Wrong | None:
    """The same in words, or None where it is not AWS's. `stack` is `{project}-{environment}`, how the operator policies' names begin."""
    from botocore import exceptions as of_botocore

    if isinstance(error, QueueError):  # an adapter's, around boto3's
        cause = error.__cause__
        return (explained(cause, stack) if isinstance(cause, Exception) else None) or Wrong(str(error), "see the text")
    if isinstance(error, (of_botocore.NoCredentialsError, of_botocore.PartialCredentialsError)):
        return NotAllowed(f"No credentials for AWS: {error}.", _LOG_IN)
    if isinstance(
        error,
        (
            of_botocore.SSOError,
            of_botocore.TokenRetrievalError,
            of_botocore.CredentialRetrievalError,
            of_botocore.LoginError,
        ),
    ):
        return NotAllowed(f"The login has expired or does not work: {error}", _LOG_IN)
    if isinstance(error, of_botocore.ClientError):
        return _refused(error, stack)
    if isinstance(error, of_botocore.BotoCoreError):
        return Wrong(f"AWS cannot be reached: {error}", "look at the network, HTTPS_PROXY, --region, --endpoint-url")
    return None


def _refused(error: ClientError, stack: str) -> Wrong:
    said = error.response.get("Error", {})
    code, message, action = said.get("Code", ""), said.get("Message", ""), error.operation_name
    if code in _EXPIRED:
        return NotAllowed("The credentials have expired.", _LOG_IN)
    if code in _INVALID:
        return NotAllowed(f"AWS does not know these credentials ({code}).", _LOG_IN)
    if code in _DENIED:
        on_what = _ON_WHAT.search(message)
        policy = f"{stack}-operator-{'repair' if action in _CHANGING else 'read'}"
        return NotAllowed(
            f"No permission for {action}{f' on {on_what[1]}' if on_what else ''}.\n  AWS says: {message}",
            f"ask for the IAM policy {policy}, which Terraform made for this, or take a profile that has it",
        )
    if code in _THROTTLED:
        return Wrong(
            f"AWS throttles {action} ({code}), and went on to do so while it was tried again.",
            "wait a minute, or ask for less (--since, --limit, --rate)",
        )
    if code in _GONE:
        return NothingFound(
            f"{action} found nothing: {message or code}",
            "the stack's SSM parameter names it, so it was deleted or is of another Region: see `nox -s drift`",
        )
    return Wrong(f"{action} failed: {code}: {message}", "look at what AWS says; the AWS service health page tells more")
