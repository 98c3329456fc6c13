"""Errors of Terraform and Docker that a person can act on, recognised by their text, as there is nothing else to go by. The text itself is kept."""

from __future__ import annotations

import re

from jobctl.errors import CommandError, NotAllowedError, UsageError
from jobdeploy.errors import LockedError

INSTALL_TERRAFORM = (
    "install Terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install"
    " (macOS: brew install hashicorp/tap/terraform; or tfenv, mise, asdf)"
)
INSTALL_DOCKER = "install Docker Desktop, or Docker Engine with the buildx plugin (0.20 or newer): https://docs.docker.com/get-started/get-docker/"

_ERROR = re.compile(r"^[ \t│|╷]*Error: ", re.MULTILINE)
Table = tuple[tuple[str, type[CommandError], str], ...]
"""What is searched for, whatever its case; the error that it is; what to do next. The first that fits counts."""

TERRAFORM: Table = (
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
    (
        r"DeleteConflict.*(?:policy|policies).*attached",
        CommandError,
        "detach it: `aws iam list-entities-for-policy --policy-arn ARN` says from whom; then run the same command again",
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
    (r"Unsupported Terraform Core version", UsageError, INSTALL_TERRAFORM),
    (
        r"Saved plan is stale",
        CommandError,
        "somebody else applied meanwhile: run the same command again for a new plan",
    ),
    (
        r"",
        CommandError,
        "correct what it names, then run the same command again: Terraform keeps what it has made",
    ),
)
DOCKER: Table = (
    (
        r"cannot connect to the docker daemon|is the docker daemon running|error during connect",
        UsageError,
        "start Docker's engine, then run the same command again",
    ),
    (r"'buildx' is not a docker command|unknown flag: --|unknown shorthand flag", UsageError, INSTALL_DOCKER),
    (
        r"permission denied while trying to connect to the docker",
        UsageError,
        "let this user talk to Docker's engine: https://docs.docker.com/engine/install/linux-postinstall/",
    ),
    (
        r"exec format error|no match for platform|does not match the specified platform|no matching manifest",
        UsageError,
        "emulate the platform (docker run --privileged --rm tonistiigi/binfmt --install all), or set cpu_architecture to this machine's",
    ),
    (
        r"no space left on device",
        CommandError,
        "make room: `docker system df` says what takes it, `docker builder prune` and `docker image prune` give it back",
    ),
    (
        r"name unknown|repositorynotfound|does not exist in the registry|repository does not exist",
        CommandError,
        "make the repository: `nox -s bootstrap`",
    ),
    (
        r"tag invalid|immutable|cannot be overwritten",
        CommandError,
        "run the same command again: tags do not move, and it finds what another push was faster with",
    ),
    (
        r"token has expired|no basic auth credentials|authentication required|denied:|(access|is) denied|not authorized|unauthorized|403 forbidden",
        NotAllowedError,
        "take a role that may push to ECR (infra/terraform/modules/github-access says what it needs); for another registry, `docker login`",
    ),
    (
        r"connection refused|no such host|i/o timeout|tls handshake timeout|network is unreachable|server misbehaving",
        CommandError,
        "check the network and HTTPS_PROXY, for Docker's engine too; then run the same command again",
    ),
    (r"", CommandError, "correct what it names; the same command goes on where this one ended"),
)


def explain(command: str, output: str, table: Table) -> CommandError:
    """The error of a command that wrote `output`, shown from Terraform's first "Error:" on."""
    kind, next_step = next((kind, step) for pattern, kind, step in table if re.search(pattern, output, re.IGNORECASE))
    found = _ERROR.search(output)
    return kind(f"{command} failed:\n{output[found.start() if found else 0 :].rstrip()}", next_step)
