"""Check of the account: STS says whose credentials these are; `deploy.toml` and the person decide whether it may be deployed to.

One call, which needs no rights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jobctl.aws_errors import explain
from jobctl.checkout import TERRAFORM
from jobctl.environment.target import client
from jobctl.errors import NotAllowedError, UsageError
from jobdeploy.settings import FILE
from jobdeploy.target import DeployTarget

if TYPE_CHECKING:
    import argparse

    from jobctl.environment.prompt import Prompt
    from jobdeploy.progress import Progress
    from jobdeploy.settings import Settings

QUESTIONS = {
    "drift": None,
    "smoke": None,
    "bootstrap": "Prepare this account?",
    "push": "Push images to this account?",
    "deploy": "Deploy to this account?",
    "rollback": "Roll back in this account?",
    "unlock": "Look for locks in this account, and remove those that are named?",
    "destroy": "Destroy in this account? (The plan is shown and confirmed by name next.)",
}
"""None: a step that changes nothing."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def check_local(endpoint_url: str) -> str:
    """The endpoint itself, if it is on this machine: the list of accounts does not hold for it.

    Raises:
        UsageError: it is elsewhere.
    """
    if urlsplit(endpoint_url).hostname not in _LOOPBACK:
        raise UsageError(
            f"{endpoint_url} is not on this machine.",
            "leave --endpoint-url out for AWS itself; AWS_ENDPOINT_URL_<SERVICE> is for other addresses of AWS",
        )
    return endpoint_url


def identify(sts: Any) -> tuple[str, str]:
    """Account and ARN of our credentials, as STS has them.

    Raises:
        NotAllowedError: no credentials, expired or invalid ones.
        CommandError: STS cannot be reached.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = sts.get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise explain(error) or error from error
    return answer["Account"], answer["Arn"]


def confirm(account: str, settings: Settings, environment: str, prompt: Prompt, question: str | None) -> None:
    """Check that the account is allowed for the environment, and ask `question`. None: no question, for steps that only read.

    Raises:
        NotAllowedError: an account that the environment may not go to; nobody agreed.
    """
    allowed = settings.accounts.get(environment, ())
    if allowed and account not in allowed:
        raise NotAllowedError(
            f"These are credentials of account {account}; {environment} may go to {', '.join(allowed)}.",
            f"take credentials of that account (AWS_PROFILE), or add it to [accounts] {environment} in {FILE}",
        )
    if question is None:
        return
    if not allowed and prompt.yes:
        raise NotAllowedError(
            f"--yes needs to know which accounts {environment} may go to, and {FILE} names none.",
            f'write {environment} = ["{account}"] under [accounts] in {FILE}, if that is the account',
        )
    prompt.agree(question)


def target_of(options: argparse.Namespace, settings: Settings, prompt: Prompt, progress: Progress) -> DeployTarget:
    """The target of the arguments, after the identity was shown and confirmed.

    Raises:
        NotAllowedError: no credentials, another account, nobody agreed. UsageError: an endpoint that is not on this machine.
    """
    region = options.region or settings.region
    endpoint = check_local(options.endpoint_url) if options.endpoint_url else None
    with progress.step("identity"):
        account, arn = identify(client("sts", region, endpoint))
    progress.say(
        f"account      {account}{' (a local AWS)' if endpoint else ''}\n"
        f"identity     {arn}\n"
        f"region       {region}\n"
        f"project      {settings.project}\n"
        f"environment  {options.environment}"
    )
    if endpoint is None:
        confirm(account, settings, options.environment, prompt, QUESTIONS[options.step])
    return DeployTarget(
        settings.project,
        options.environment,
        region,
        account,
        endpoint_url=endpoint,
        registry=options.registry,
        repository=options.repository,
        terraform=options.terraform.resolve() if options.terraform else options.repository / TERRAFORM,
    )
