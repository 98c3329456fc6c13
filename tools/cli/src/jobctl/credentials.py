"""Errors of loading and renewing AWS credentials, each explained in one sentence with its next step.

boto3's providers let through whatever the file, the process or the parser raised, on loading or on renewal. No text contains a secret.
Credentials may be renewed in any thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jobctl.exits import NotAllowedError
from jobctl.refused import LOG_IN

if TYPE_CHECKING:
    from botocore.session import Session

_MAX_SOURCES = 10
"""Length of a chain of source_profile settings."""
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


def guard(session: Session, environ: Mapping[str, str]) -> None:
    """Wraps the session's credential provider, so that errors of loading and renewing become `NotAllowedError`."""
    provider = session.get_component("credential_provider")
    session.register_component("credential_provider", _Guarded(provider, session, environ))


class _Guarded:
    """Wraps a provider or credentials: `load_credentials` is called on the one, `get_frozen_credentials` on the other."""

    def __init__(self, inner: Any, session: Session, environ: Mapping[str, str]) -> None:
        self._inner = inner
        self._session = session
        self._environ = environ

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def load_credentials(self) -> Any:
        """The credentials, guarded too; None if there are none."""
        found = self._told(self._inner.load_credentials)
        return None if found is None else _Guarded(found, self._session, self._environ)

    def get_frozen_credentials(self) -> Any:
        """The credentials with which requests are signed.

        Raises:
            NotAllowedError: one holds a character that cannot be sent, or could not be renewed.
        """
        frozen = self._told(self._inner.get_frozen_credentials)
        for part, (variable, setting) in _PARTS.items():
            value = getattr(frozen, part)
            if value and _CARRIED.fullmatch(value) is None:
                name = variable if self._inner.method == "env" else f"{setting} of {_who(self._session)}"
                what = "a line end" if "\n" in value or "\r" in value else "a character that no credential has"
                raise NotAllowedError(f"{name} holds {what}.", f"set {name} again, without it")
        return frozen

    def _told(self, ask: Any) -> Any:
        try:
            return ask()
        except Exception as error:
            told = _explained(error, self._session, self._environ)
            if told is None:
                raise
            raise told from error


def _who(session: Session) -> str:
    return f"profile {session.profile or 'default'}"


def _explained(error: Exception, session: Session, environ: Mapping[str, str]) -> NotAllowedError | None:
    """The error in words; None for those that `trouble` explains: an expired login, no network, an invalid file."""
    from botocore import exceptions as of_botocore

    who = _who(session)
    if isinstance(error, of_botocore.ClientError):
        said = error.response.get("Error", {})
        return NotAllowedError(
            f"{error.operation_name} for the credentials of {who} was refused: {said.get('Code')}: {said.get('Message')}",
            f"see the profile's role {_CONFIGURATION}, that the role's trust policy names you, and that your own login has not expired",
        )
    if isinstance(error, of_botocore.PartialCredentialsError):
        return NotAllowedError(
            f"Half of the credentials is missing: {error}.", "give what is missing, or take its other half away"
        )
    if isinstance(error, of_botocore.BotoCoreError) and not isinstance(error, of_botocore.CredentialRetrievalError):
        return None
    settings = {name: value for one in _profiles(session) for name, value in one.items()}
    text = " ".join(f"{type(error).__name__}: {error}".split())
    if isinstance(error, EOFError) and "mfa_serial" in settings:
        return NotAllowedError(
            f"{who} asks for an MFA code, and nobody can type one here.",
            "run it in a terminal, or take a profile without mfa_serial",
        )
    if "AWS_WEB_IDENTITY_TOKEN_FILE" in environ or "web_identity_token_file" in settings:
        return NotAllowedError(
            f"The web identity token cannot be read: {text}.",
            "see what AWS_WEB_IDENTITY_TOKEN_FILE, or web_identity_token_file of the profile, names",
        )
    if "credential_process" in settings:
        return NotAllowedError(
            f"The credential_process of {who} gave no credentials: {text}.",
            "run that command by hand: it must end with 0 and print one JSON object with Version 1, AccessKeyId and SecretAccessKey",
        )
    if "sso_session" in settings or "sso_start_url" in settings:
        return NotAllowedError(f"The login of {who} cannot be used: {text}.", LOG_IN)
    if any(name.startswith("AWS_CONTAINER_") for name in environ):
        return NotAllowedError(
            f"The container's credentials cannot be read: {text}.",
            "see the variables AWS_CONTAINER_CREDENTIALS_* and AWS_CONTAINER_AUTHORIZATION_*",
        )
    return NotAllowedError(f"The credentials of {who} cannot be loaded: {text}.", f"mend that profile {_CONFIGURATION}")


def _profiles(session: Session) -> Iterator[Mapping[str, Any]]:
    """The profile's settings, then those of the profiles in its chain of source_profile."""
    every: Mapping[str, Any] = session.full_config.get("profiles", {})
    name = session.profile or "default"
    for _ in range(_MAX_SOURCES):
        settings = every.get(name, {})
        yield settings
        if "source_profile" not in settings:
            return
        name = settings["source_profile"]
