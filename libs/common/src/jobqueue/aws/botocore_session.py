"""Region, endpoints and credentials where the environment alone does not tell them: profiles, files, roles, SSO, FIPS, other partitions.

All of it is botocore's. Importing it costs 140 ms and 9 MB; `session` does so only where it must.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import botocore.session
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    ProfileNotFound,
)
from botocore.exceptions import ConnectionError as BotoConnectionError

from jobqueue.aws.credentials import Credentials, CredentialsError, Found
from jobqueue.foreign_text import first_line
from jobqueue.settings import SettingError

LOOK_SECONDS = 60.0
"""botocore knows itself when credentials are to be renewed, 15 minutes before their end: it only needs to be asked."""


class BotocoreSession:
    """Implements `Surroundings`. Used by one thread at a time."""

    def __init__(self, region: str | None, environ: Mapping[str, str]) -> None:
        """Raises SettingError: AWS_PROFILE names no profile, no Region, a file of AWS's own settings cannot be read."""
        self._environ = environ
        # Where it found them does not matter, and a failed renewal is told in one line; botocore would add a stack trace to each.
        logging.getLogger("botocore.credentials").setLevel(logging.CRITICAL)
        self._session = botocore.session.get_session()
        try:
            self._session.get_scoped_config()
            self.authorities: str | None = self._session.get_config_variable("ca_bundle")
            found = region or self._session.get_config_variable("region")
        except ProfileNotFound as error:
            raise SettingError(f"AWS_PROFILE: {error}") from None
        except BotoCoreError as error:
            raise SettingError(f"AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE: {error}") from None
        if not found:
            raise SettingError("AWS_REGION is not set, and no profile names a Region")
        self.region: str = found

    def endpoint(self, service: str, variable: str) -> str:
        """Raises SettingError: no Region of AWS's, no such address."""
        try:  # with keys of nobody: those in use are found when they are needed, and told then
            client = self._session.create_client(
                service,
                region_name=self.region,
                config=Config(signature_version="v4"),
                aws_access_key_id="-",
                aws_secret_access_key="-",  # noqa: S106 (none)
            )
        except BotoCoreError as error:
            raise SettingError(f"AWS_REGION: {error}") from None
        except ValueError as error:
            name = variable if self._environ.get(variable) else "AWS_ENDPOINT_URL"
            raise SettingError(f"{name}: {error}") from None
        url: str = client.meta.endpoint_url
        client.close()
        return url

    def fetch(self) -> Found:
        """Raises CredentialsError."""
        none = "no AWS credentials found. Give the task a role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID"
        try:
            found = self._session.get_credentials()
            if found is None:
                raise CredentialsError(none)
            frozen = found.get_frozen_credentials()
        except (BotoConnectionError, HTTPClientError, ClientError, RuntimeError) as error:
            # RuntimeError: a renewal brought credentials that are already expired
            raise CredentialsError(f"AWS credentials could not be got: {first_line(error)}", passing=True) from None
        except BotoCoreError as error:
            raise CredentialsError(f"{none}. ({first_line(error)})") from None
        except OSError as error:  # a file that a credential is read from
            what = f"{error.strerror}: {error.filename}" if error.filename else type(error).__name__
            check = "Check AWS_WEB_IDENTITY_TOKEN_FILE and the other files that AWS_* variables name"
            raise CredentialsError(f"{what}. {check}") from None
        credentials = Credentials(frozen.access_key or "", frozen.secret_key or "", frozen.token or "")
        return Found(credentials, LOOK_SECONDS if isinstance(found, RefreshableCredentials) else None)
