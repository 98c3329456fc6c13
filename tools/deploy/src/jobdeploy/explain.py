"""Errors of Terraform and of AWS, explained with what to do next.

An error that is not known here is shown as it came.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobctl.errors import DeployError, NotAllowedError
from jobdeploy.locks import holder_in, locked

if TYPE_CHECKING:
    from jobctl.environment.target import Target
    from jobdeploy.program import TerraformEnded
    from jobdeploy.running import Running

_STALE = "Saved plan is stale"
# "Error codes" of the services' API references: ServiceQuotaExceededException, LimitExceededException, VpcEndpointLimitExceeded, ...
_QUOTA = re.compile(r"\b(\w*(?:QuotaExceeded|LimitExceeded|TooManyServices|TooManyAlarms)\w*)\b")
_EXPIRED = re.compile(r"\b(ExpiredToken\w*|RequestExpired)\b|token has expired|SSO session .*expired", re.IGNORECASE)
_DENIED = re.compile(r"\b(AccessDenied\w*|UnauthorizedOperation|not authorized to perform)\b")
_NO_CREDENTIALS = re.compile(r"No valid credential sources found|failed to refresh cached credentials")
_NO_PROVIDER = re.compile(
    r"Failed to (?:query available provider packages|install provider)|could not connect to registry"
)
_AGAIN = "Terraform keeps what it has made"


class StalePlan(Exception):  # noqa: N818 (says what happened)
    """The state was changed by another run between the plan and its apply; a new plan is made and shown."""


def explain(error: TerraformEnded, target: Target, running: Running) -> DeployError | StalePlan:
    """The exception to raise instead of, and `from`, the error."""
    output = error.output
    holder = holder_in(output)
    if holder is not None:
        return locked(holder, target, running)
    if _STALE in output:
        return StalePlan(str(error))
    if found := _EXPIRED.search(output):
        return NotAllowedError(
            f"The credentials expired in the middle ({found[0]}). {_AGAIN}.\n{error}",
            "log in again, then run it again; if the state stayed locked, that run says how to unlock it",
        )
    if _NO_CREDENTIALS.search(output):
        return NotAllowedError(
            f"Terraform finds no credentials.\n{error}",
            "log in, or export what `aws configure export-credentials` says",
        )
    if found := _QUOTA.search(output):
        return DeployError(
            f"A quota of account {target.account} in {target.region} is reached ({found[1]}). {_AGAIN}.\n{error}",
            f"remove what is not needed, or ask for more (https://{target.region}.console.aws.amazon.com/servicequotas/home);"
            " then run it again",
        )
    if found := _DENIED.search(output):
        return DeployError(
            f"These credentials may not do that ({found[1]}). {_AGAIN}.\n{error}",
            "take a role with the rights (docs/howto/deploy.md says which), run it again",
        )
    if _NO_PROVIDER.search(output):
        return DeployError(
            f"Terraform cannot fetch its provider.\n{error}",
            "look at the network and proxy (HTTPS_PROXY), or name a mirror in TF_CLI_CONFIG_FILE",
        )
    return DeployError(
        f"Terraform failed. {_AGAIN}.\n{error}", "correct what it names, then run the same command again"
    )


def explain_aws(error: Exception) -> DeployError:
    """The exception to raise instead of botocore's own error."""
    said = str(error)
    if _EXPIRED.search(said):
        return NotAllowedError(f"The credentials have expired: {said}", "log in again, then run it again")
    if _QUOTA.search(said):
        return DeployError(
            f"A quota of the account is reached: {said}", "ask for more in Service Quotas, then run it again"
        )
    if _DENIED.search(said):
        return NotAllowedError(
            f"These credentials may not do that: {said}", "take a role with the rights, run it again"
        )
    return DeployError(f"AWS answers: {said}", "run it again; it goes on from here")
