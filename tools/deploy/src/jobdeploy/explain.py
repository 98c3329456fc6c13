"""Terraform's errors that a person can act on. Any other is shown as Terraform wrote it."""

from __future__ import annotations

import re

from jobctl.errors import CommandError, LockedError, NotAllowedError, UsageError

INSTALL = (
    "install Terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install"
    " (macOS: brew install hashicorp/tap/terraform; or tfenv, mise, asdf)"
)
_ERRORS: tuple[tuple[str, type[CommandError], str], ...] = (
    (
        r"Error acquiring the state lock",
        LockedError,
        "wait for that run, or ask its owner; only if it is dead for certain: nox -s unlock -- ID --environment NAME",
    ),
    (
        r"ExpiredToken|RequestExpired|token has expired|SSO session .*expired",
        NotAllowedError,
        "log in again, then run the same command again; if the state stayed locked, it says how to unlock it",
    ),
    (
        r"No valid credential sources found|failed to refresh cached credentials",
        NotAllowedError,
        "log in, or export what `aws configure export-credentials` prints",
    ),
    # "Error codes" of the services' API references: ServiceQuotaExceededException, VpcLimitExceeded, ...
    (
        r"QuotaExceeded|LimitExceeded|TooManyServices|TooManyAlarms",
        CommandError,
        "remove what is not needed, or ask for more in Service Quotas; then run the same command again",
    ),
    (
        r"AccessDenied|UnauthorizedOperation|not authorized to perform",
        CommandError,
        "take a role with the rights (docs/howto/deploy.md says which), then run the same command again",
    ),
    (
        r"Failed to (?:query available provider packages|install provider)|could not connect to registry",
        CommandError,
        "check the network and HTTPS_PROXY, or name a mirror in TF_CLI_CONFIG_FILE",
    ),
    (r"Unsupported Terraform Core version", UsageError, INSTALL),
    (
        r"Saved plan is stale",
        CommandError,
        "somebody else applied meanwhile: run the same command again for a new plan",
    ),
)
_OTHER = "correct what it names, then run the same command again: Terraform keeps what it has made"
_ERROR = re.compile(r"^[ \t│|╷]*Error: ", re.MULTILINE)


def explain(command: str, output: str) -> CommandError:
    """The error of a command that wrote `output`, from Terraform's first "Error:" on."""
    found = _ERROR.search(output)
    what = f"{command} failed:\n{output[found.start() :] if found else output}".rstrip()
    for pattern, kind, next_step in _ERRORS:
        if re.search(pattern, output, re.IGNORECASE):
            return kind(what, next_step)
    return CommandError(what, _OTHER)
