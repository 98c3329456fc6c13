"""Lock of a whole deployment: two at once would undo each other's second half.

An object in the bucket of the states, beside Terraform's own lock of each state, and made as Terraform makes that ("Conditional writes", Amazon S3
User Guide). It is held from the first apply to the last check. A killed run leaves it: only a person removes it, with `unlock`.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobdeploy.errors import LockedError

if TYPE_CHECKING:
    from jobdeploy.target import DeployTarget

SUFFIX = ".tflock"
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}


@contextmanager
def deployment_lock(target: DeployTarget, operation: str) -> Iterator[None]:
    """Hold the environment's deployment lock while it is entered.

    Raises:
        LockedError: somebody else holds it.
    """
    s3 = target.clients("s3")
    lock = {
        "ID": str(uuid.uuid4()),
        "Operation": operation,
        "Who": who(),
        "Created": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
        "Info": _github_run(),
    }
    try:
        s3.put_object(Bucket=target.state_bucket, Key=_key(target), Body=json.dumps(lock).encode(), IfNoneMatch="*")
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in _TAKEN:
            raise
        check_unlocked(target)
        raise LockedError(f"{target.name} was locked a moment ago.", "run it again") from error
    try:
        yield
    finally:
        remove_lock(target, lock["ID"])


def check_unlocked(target: DeployTarget) -> None:
    """Return if no deployment of the environment is under way.

    Raises:
        LockedError: with the holder, since when, and how to go on.
    """
    lock = _read(target)
    if lock is None:
        return
    address = f", {lock['Info']}" if lock.get("Info") else ""
    raise LockedError(
        f"{target.name} is locked by {lock['Who']} ({lock['Operation']}) since {lock['Created']} UTC{address}; lock {lock['ID']}.",
        "wait, or ask them; only if that run is dead for certain:"
        f" nox -s unlock -- {lock['ID']} --environment {target.environment}",
    )


def remove_lock(target: DeployTarget, lock_id: str) -> bool:
    """Remove the deployment's lock, if it has this id: another run may hold it meanwhile. Returns whether it did."""
    lock = _read(target)
    if lock is None or lock.get("ID") != lock_id:
        return False
    target.clients("s3").delete_object(Bucket=target.state_bucket, Key=_key(target))
    return True


def who() -> str:
    """This user and host, as Terraform's locks have it: user@host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def _key(target: DeployTarget) -> str:
    return f"{target.environment}/deploy{SUFFIX}"


def _read(target: DeployTarget) -> dict[str, Any] | None:
    s3 = target.clients("s3")
    try:
        body = s3.get_object(Bucket=target.state_bucket, Key=_key(target))["Body"].read()
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404", "NoSuchBucket"):
            return None
        raise
    lock: dict[str, Any] = json.loads(body)
    return lock


def _github_run() -> str:
    if "GITHUB_RUN_ID" not in os.environ:
        return ""
    return "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}".format_map(os.environ)
