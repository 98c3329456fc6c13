"""Errors of AWS and of boto3 in words, with the next step for each: one table of AWS's error codes, one of boto3's own exceptions.

Codes are those of "Common errors" of each service's API reference, and of SQS as boto3 gives them (with the prefixes of its older protocol).
Errors that are defects of this code stay exceptions. No text contains a secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobctl.errors import CommandError, NotAllowedError, NotFoundError, UsageError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

LOG_IN = "log in (`aws sso login`, or new keys), check that `aws sts get-caller-identity` answers, then try again"
_NETWORK = "check the network, HTTPS_PROXY, --region and --endpoint-url"

_CODES: tuple[tuple[str, type[CommandError], str, str], ...] = (
    (r"ExpiredToken(Exception)?|TokenRefreshRequired", NotAllowedError, "The credentials have expired.", LOG_IN),
    (
        r"Request(Expired|TimeTooSkewed|InTheFuture)|InvalidSignatureException",
        NotAllowedError,
        "AWS rejects the signature of {call} ({code}): {message}",
        "check this machine's clock (AWS allows five minutes), then the secret key, and try again",
    ),
    (
        (
            r"InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|AuthFailure|OptInRequired|InvalidAccessKeyId"
            r"|IncompleteSignature|MissingAuthenticationToken(Exception)?"
        ),
        NotAllowedError,
        "AWS does not know these credentials ({code}): {message}",
        f"{LOG_IN}; AWS answers the same where the account has not enabled the Region: see --region",
    ),
    (
        (
            r"(KMS\.)?Thrott(ling|led)(Exception)?|TooManyRequestsException|RequestThrottled(Exception)?|RequestLimitExceeded"
            r"|LimitExceededException|SlowDown|BandwidthLimitExceeded|KmsThrottled|AWS\.SimpleQueueService\.RequestThrottled"
        ),
        CommandError,
        "AWS throttles {call} ({code}), after several tries too.",
        "wait a minute, or ask for less (--since, --limit, --rate)",
    ),
    (
        (
            r"ResourceNotFoundException|AWS\.SimpleQueueService\.NonExistentQueue|QueueDoesNotExist|(Cluster|Service)NotFoundException"
            r"|ServiceNotActiveException"
        ),
        NotFoundError,
        "{call} found nothing: {message}",
        "the stack's SSM parameter names it, so it, or the stack, was deleted: see `nox -s drift`",
    ),
    (
        r"KMS\.(Disabled|InvalidState|NotFound)Exception|Kms(Disabled|InvalidState|NotFound)",
        CommandError,
        "{call} cannot use the queue's KMS key ({code}): {message}",
        "enable the key in KMS, or cancel its deletion; until then no service can read the queue either",
    ),
)
"""Codes, the error, what is wrong, the next step."""
_DENIED = re.compile(
    r"(KMS\.)?AccessDenied(Exception)?|UnauthorizedOperation|AuthorizationError|403|K(ms|MS)AccessDenied(Exception)?"
)
_BOTO: tuple[tuple[tuple[str, ...], type[CommandError], str, str], ...] = (
    (("NoCredentialsError", "PartialCredentialsError"), NotAllowedError, "No credentials for AWS: {error}", LOG_IN),
    (
        ("SSOError", "TokenRetrievalError", "CredentialRetrievalError", "LoginError"),
        NotAllowedError,
        "The login has expired or does not work: {error}",
        LOG_IN,
    ),
    (("InvalidRegionError",), UsageError, "{error}", "write --region as AWS does: eu-central-1, us-east-1"),
    (
        ("ConfigParseError", "ConfigNotFound", "InvalidConfigError", "UnknownCredentialError", "ProfileNotFound"),
        NotAllowedError,
        "The AWS configuration cannot be used: {error}",
        "correct ~/.aws/config (or the file that AWS_CONFIG_FILE names)",
    ),
    (("HTTPClientError", "ConnectionError"), CommandError, "AWS cannot be reached: {error}", _NETWORK),
    (
        ("BotoCoreError",),
        CommandError,
        "boto3 cannot call AWS: {error}",
        "see the error; --profile and --region choose others",
    ),
)
"""Classes of `botocore.exceptions`, the error, what is wrong, the next step. The first that fits counts."""
_CHANGING = re.compile(
    r"(Send|Delete)Message(Batch)?|(Get|Put)Item|UpdateService|StopTask|PutParameter|RegisterScalableTarget|DescribeScalableTargets"
)
"""Calls that the reading policy does not allow (infra/terraform/modules/operators/rights.tf)."""
_ACTION = re.compile(r"not authorized to perform: ([\w-]+:\w+)")
_RESOURCE = re.compile(r"on resource:? (\S+?)[.,]?(?:\s|$)")


def explain(error: Exception, stack: str = "") -> CommandError | None:
    """The error in words; None if it is not AWS's. `stack` is `{project}-{environment}`, the prefix of the operator policies' names."""
    from botocore import exceptions as botocore_errors
    from botocore.parsers import ResponseParserError

    from jobqueue.client.errors import InvalidRequestError, JobClientError
    from jobqueue.client.errors import NotFoundError as NothingFound
    from jobqueue.consumer.job_records import RecordsError
    from jobqueue.consumer.ports import QueueError

    if isinstance(error, CommandError):
        return error
    if isinstance(error, JobClientError):
        if isinstance(error, InvalidRequestError):
            return UsageError(error.what, error.next_step)
        if isinstance(error, NothingFound):
            return NotFoundError(error.what, error.next_step)
        found = explain(error.__cause__, stack) if isinstance(error.__cause__, Exception) else None
        return found or CommandError(error.what, error.next_step)
    if isinstance(error, QueueError | RecordsError):  # an adapter's, around that of `BotoCalls`, around boto3's
        cause = error.__cause__ and error.__cause__.__cause__
        found = explain(cause, stack) if isinstance(cause, Exception) else None
        return found or CommandError(str(error), "try again; nothing was lost")
    if isinstance(error, botocore_errors.ClientError):
        return _refused(error, stack)
    if isinstance(error, ResponseParserError):
        return CommandError("What answered is not AWS: its answer cannot be read.", _NETWORK)
    if isinstance(error, botocore_errors.HTTPClientError) and isinstance(error.kwargs.get("error"), ValueError):
        # It quotes the header that could not be sent, which is the session token.
        return NotAllowedError("A credential contains a line end or another character that cannot be sent.", LOG_IN)
    if isinstance(error, botocore_errors.ParamValidationError):
        return None  # ours
    for classes, kind, what, next_step in _BOTO:
        if any(isinstance(error, getattr(botocore_errors, name)) for name in classes):
            return kind(what.format(error=f"{error}".rstrip(".") + "."), next_step)
    return None


def _refused(error: ClientError, stack: str) -> CommandError:
    answer, call = error.response.get("Error", {}), error.operation_name
    # The first line: behind it AWS shows what it signed, with the session token.
    code, message = answer.get("Code", ""), answer.get("Message", "").partition("\n")[0]
    if _DENIED.fullmatch(code):
        return _denied(call, message, stack)
    for codes, kind, what, next_step in _CODES:
        if re.fullmatch(codes, code):
            return kind(what.format(call=call, code=code, message=message or code), next_step)
    return CommandError(
        f"{call} failed: {code}: {message}",
        "see the message, and try again; the AWS Health Dashboard shows failures of AWS itself",
    )


def _denied(call: str, message: str, stack: str) -> NotAllowedError:
    action, resource = _ACTION.search(message), _RESOURCE.search(message)
    what = (
        f"No permission for {action[1] if action else call}{f' on {resource[1]}' if resource else ''}.\n"
        f"  AWS says: {message}"
    )
    if "explicit deny" in message:
        return NotAllowedError(what, "a policy denies it, and no other one can allow it: ask the policy's owner")
    if not stack:
        return NotAllowedError(what, "use credentials that have this permission")
    policy = f"{stack}-operator-{'repair' if _CHANGING.fullmatch(call) else 'read'}"
    return NotAllowedError(what, f"ask for the IAM policy {policy} (Terraform made it), or use a profile that has it")
