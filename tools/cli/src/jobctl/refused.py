"""AWS's error codes in words, with the next step for each.

Codes are those of "Common errors" of each service's API reference, and of SQS as boto3 gives them (with the prefixes of its older protocol).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobctl.exits import DeployError, NotAllowedError, NotFoundError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

LOG_IN = "log in (aws sso login, or new keys), see that `aws sts get-caller-identity` answers, run it again"

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
_CLOCK = frozenset({"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture", "InvalidSignatureException"})
_UNKNOWN = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure", "OptInRequired"}
    | {"InvalidAccessKeyId", "IncompleteSignature", "MissingAuthenticationToken", "MissingAuthenticationTokenException"}
)
_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403"}
    | {"KMS.AccessDenied", "KMS.AccessDeniedException", "KmsAccessDenied", "KMSAccessDeniedException"}
)
_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestThrottled"}
    | {
        "RequestThrottledException",
        "RequestLimitExceeded",
        "LimitExceededException",
        "SlowDown",
        "BandwidthLimitExceeded",
    }
    | {"KMS.ThrottlingException", "KmsThrottled", "AWS.SimpleQueueService.RequestThrottled"}
)
_GONE = frozenset(
    {"ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}
    | {"ClusterNotFoundException", "ServiceNotFoundException", "ServiceNotActiveException"}
)
_KEY = frozenset(
    {"KMS.DisabledException", "KmsDisabled", "KMS.InvalidStateException", "KmsInvalidState"}
    | {"KMS.NotFoundException", "KmsNotFound"}
)
_CHANGING = frozenset(
    {"SendMessage", "SendMessageBatch", "DeleteMessage", "DeleteMessageBatch", "UpdateService", "PutParameter"}
    | {"RegisterScalableTarget", "DescribeScalableTargets"}
)
"""Calls that the reading policy does not allow (infra/terraform/modules/operators/rights.tf)."""
_ACTION = re.compile(r"not authorized to perform: ([\w-]+:\w+)")
_ON_WHAT = re.compile(r"on resource:? (\S+?)[.,]?(?:\s|$)")


@dataclass(frozen=True, slots=True)
class _Answer:
    code: str
    message: str
    call: str
    stack: str


def refused(error: ClientError, stack: str) -> DeployError:
    """The error in words. `stack` is `{project}-{environment}`, the prefix of the operator policies' names; empty if not known."""
    said = error.response.get("Error", {})
    # The first line: behind it AWS shows what it signed, with the session token.
    message = said.get("Message", "").partition("\n")[0]
    answer = _Answer(said.get("Code", ""), message, error.operation_name, stack)
    for codes, told in _TOLD:
        if answer.code in codes:
            return told(answer)
    return DeployError(
        f"{answer.call} failed: {answer.code}: {answer.message}",
        "look at what AWS says, and run it again; where AWS itself fails, the AWS Health Dashboard tells more",
    )


def _expired(_: _Answer) -> DeployError:
    return NotAllowedError("The credentials have expired.", LOG_IN)


def _clock(answer: _Answer) -> DeployError:
    return NotAllowedError(
        f"AWS does not take the signature of {answer.call} ({answer.code}): {answer.message}",
        "see that this machine's clock is right (AWS allows five minutes), then that the secret key is; run it again",
    )


def _unknown(answer: _Answer) -> DeployError:
    return NotAllowedError(
        f"AWS does not know these credentials ({answer.code}): {answer.message}",
        f"{LOG_IN}; an account that has not enabled the Region is told so too: see --region",
    )


def _denied(answer: _Answer) -> DeployError:
    action, on_what = _ACTION.search(answer.message), _ON_WHAT.search(answer.message)
    what = (
        f"No permission for {action[1] if action else answer.call}{f' on {on_what[1]}' if on_what else ''}.\n"
        f"  AWS says: {answer.message}"
    )
    if "explicit deny" in answer.message:
        return NotAllowedError(what, "a policy forbids it, and no other one can allow it: ask whoever owns the policy")
    policy = f"{answer.stack}-operator-{'repair' if answer.call in _CHANGING else 'read'}"
    return NotAllowedError(
        what, f"ask for the IAM policy {policy}, which Terraform made for this, or take a profile that has it"
    )


def _throttled(answer: _Answer) -> DeployError:
    return DeployError(
        f"AWS throttles {answer.call} ({answer.code}), and went on to do so while it was tried again.",
        "wait a minute, or ask for less (--since, --limit, --rate)",
    )


def _gone(answer: _Answer) -> DeployError:
    return NotFoundError(
        f"{answer.call} found nothing: {answer.message or answer.code}",
        "the stack's SSM parameter names it, so it was deleted, or the stack was: see `nox -s drift`",
    )


def _key(answer: _Answer) -> DeployError:
    return DeployError(
        f"{answer.call} cannot use the queue's KMS key ({answer.code}): {answer.message}",
        "enable the key in KMS, or cancel its deletion; until then no service can read the queue either",
    )


_TOLD: tuple[tuple[frozenset[str], Callable[[_Answer], DeployError]], ...] = (
    (_EXPIRED, _expired),
    (_CLOCK, _clock),
    (_UNKNOWN, _unknown),
    (_DENIED, _denied),
    (_THROTTLED, _throttled),
    (_GONE, _gone),
    (_KEY, _key),
)
