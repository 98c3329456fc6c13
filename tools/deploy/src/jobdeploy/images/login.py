"""Login to ECR for the length of a push, with a token (valid for twelve hours) in a folder that is deleted afterwards.

Docker keeps credentials in its config folder, in clear where there is no credential helper. So a push gets a folder of its own, in which everything
else (contexts, plugins, builders, the person's other registries) is the person's.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
"""

from __future__ import annotations

import base64
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jobctl.errors import NotAllowedError
from jobdeploy.docker import Docker, DockerFailed
from jobdeploy.images.trouble import explain

CONFIG = "config.json"
LOGIN_SECONDS = 60.0


@contextmanager
def logged_in(ecr: Any, registry: str, environ: Mapping[str, str] = os.environ) -> Iterator[Docker]:
    """A Docker that may pull from and push to `registry`, an account's ECR; afterwards the token is gone from this machine.

    Raises:
        NotAllowedError: AWS gives no token, or the registry does not take it.
        NoDocker: there is no docker.
    """
    user, password = _token(ecr)
    with tempfile.TemporaryDirectory(prefix="docker-") as folder:
        theirs = Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME") or Path.home(), ".docker"))
        copy_config(theirs, Path(folder), registry)
        docker = Docker({**environ, "DOCKER_CONFIG": folder})
        try:
            docker.run("login", "--username", user, "--password-stdin", registry, input=password, timeout=LOGIN_SECONDS)
        except DockerFailed as error:
            told = explain(error, f"Logging in to {registry}")
            raise NotAllowedError(told.what, told.next_step) from error
        yield docker


def copy_config(theirs: Path, ours: Path, registry: str) -> None:
    """Make a config folder: a config.json of its own, and links to everything else. The login to `registry` uses no credential helper."""
    written: dict[str, Any] = {}
    if theirs.is_dir():
        for entry in theirs.iterdir():
            if entry.name != CONFIG:
                (ours / entry.name).symlink_to(entry.resolve())
    if (theirs / CONFIG).is_file():
        written = json.loads((theirs / CONFIG).read_text() or "{}")
    # An empty name is docker's way to say "none, for this registry": the folder's own file, not the person's keychain.
    written["credHelpers"] = {**written.get("credHelpers", {}), registry: ""}
    file = ours / CONFIG
    file.touch(mode=0o600)
    file.write_text(json.dumps(written))


def _token(ecr: Any) -> tuple[str, str]:
    from botocore.exceptions import ClientError

    try:
        (found,) = ecr.get_authorization_token()["authorizationData"]
    except ClientError as error:
        raise NotAllowedError(
            f"AWS gives no token for ECR: {error}", "Pushing needs ecr:GetAuthorizationToken; are these the credentials that you mean?"
        ) from error  # fmt: skip
    user, _, password = base64.b64decode(found["authorizationToken"]).decode().partition(":")
    return user, password
