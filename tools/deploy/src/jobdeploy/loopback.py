"""Credentials for an AWS on this machine: dummies, and nothing of the person who runs the command."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

_DUMMIES = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def only_local_credentials(environ: MutableMapping[str, str], region: str) -> None:
    """Makes this process forget every AWS setting of the person who runs it: profiles, credentials, endpoints."""
    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]
    environ.update({**_DUMMIES, "AWS_REGION": region, "AWS_DEFAULT_REGION": region})
