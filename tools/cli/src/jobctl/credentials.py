"""Errors of loading and renewing AWS credentials, each explained in one sentence with its next step.

boto3's providers let through whatever the file, the process or the parser raised, on loading or on renewal. No text contains a secret.
Credentials may be renewed in any thread.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jobctl.aws_errors import LOG_IN
from jobctl.errors import NotAllowedError

if TYPE_CHECKING:
    from botocore.session import Session

_CARRIED = re.compile(r"[\x21-\x7e]+")
"""Characters of a credential that an HTTP header can carry."""
_PARTS = {
    "access_key": ("AWS_ACCESS_KEY_ID", "aws_access_key_id"),
    "secret_key": ("AWS_SECRET_ACCESS_KEY", "aws_secret_access_key"),
    "token": ("AWS_SESSION_TOKEN", "aws_session_token"),
}
_CONFIGURATION = (
    "in ~/.aws/config and ~/.aws/credentials (or what AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name)"
)


def guard(session: Session) -> None:
    """Wraps the session's credential provider, so that errors of loading and renewing become `NotAllowedError`."""
    provider = session.get_component("credential_provider")
    session.register_component("credential_provider", _Guarded(provider, session))


class _Guarded:
    """Wraps a provider or credentials: `load_credentials` is called on the one, `get_frozen_credentials` on the other."""

    def __init__(self, inner: Any, session: Session) -> None:
        self._inner = inner
        self._session = session

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def load_credentials(self) -> Any:
        """The credentials, guarded too; None if there are none."""
        found = self._guarded(self._inner.load_credentials)
        return None if found is None else _Guarded(found, self._session)

    def get_frozen_credentials(self) -> Any:
        """The credentials with which requests are signed.

        Raises:
            NotAllowedError: one holds a character that cannot be sent, or could not be renewed.
        """
        frozen = self._guarded(self._inner.get_frozen_credentials)
        for part, (variable, setting) in _PARTS.items():
            value = getattr(frozen, part)
            if value and _CARRIED.fullmatch(value) is None:
                name = variable if self._inner.method == "env" else f"{setting} of {_who(self._session)}"
                what = "a line end" if "\n" in value or "\r" in value else "a character that no credential has"
                raise NotAllowedError(f"{name} contains {what}.", f"set {name} again, without it")
        return frozen

    def _guarded(self, ask: Any) -> Any:
        try:
            return ask()
        except Exception as error:
            explained = _explained(error, self._session)
            if explained is None:
                raise
            raise explained from error


def _who(session: Session) -> str:
    return f"profile {session.profile or 'default'}"


def _explained(error: Exception, session: Session) -> NotAllowedError | None:
    """The error in words; None for those that `aws_errors` explains: an expired login, no network, an invalid file."""
    from botocore import exceptions as botocore_errors

    who = _who(session)
    if isinstance(error, botocore_errors.ClientError):
        answer = error.response.get("Error", {})
        return NotAllowedError(
            f"{error.operation_name} for the credentials of {who} was refused: {answer.get('Code')}: {answer.get('Message')}",
            f"check the profile's role {_CONFIGURATION}, that its trust policy names you, and that your own login has not expired",
        )
    if isinstance(error, botocore_errors.PartialCredentialsError):
        return NotAllowedError(f"Incomplete credentials: {error}.", "add what is missing, or remove the other half")
    if isinstance(error, botocore_errors.BotoCoreError) and not isinstance(
        error, botocore_errors.CredentialRetrievalError
    ):
        return None
    text = " ".join(f"{type(error).__name__}: {error}".split())
    if isinstance(error, EOFError):
        return NotAllowedError(
            f"{who} needs an MFA code, and stdin is not a terminal.",
            "run it in a terminal, or use a profile without mfa_serial",
        )
    return NotAllowedError(
        f"The credentials of {who} cannot be loaded: {text}.",
        f"correct that profile {_CONFIGURATION}, the program or token file that it or an AWS_ variable names, or {LOG_IN}",
    )
