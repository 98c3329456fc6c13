"""Locks of a Terraform state, which Terraform keeps, and of a whole deployment, which `deployment_lock` keeps.

Both are objects in the bucket of the states, made with If-None-Match ("Conditional writes", Amazon S3 User Guide), both in Terraform's form:

    {environment}/stack.tfstate.tflock    while Terraform plans or applies
    {environment}/deploy.tflock           from the first apply to the last check: two deployments at once would undo each other's second half

A lock left by a killed run is never removed automatically: a person does that, with `unlock`.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobctl.errors import LockedError, UsageError

if TYPE_CHECKING:
    from jobctl.environment.target import Target
    from jobdeploy.running import Running

ENDING = ".tflock"
_FIELD = re.compile(r"^[\s│|]*(ID|Path|Operation|Who|Version|Created|Info):[ ]*(.*?)[ ]*$", re.MULTILINE)
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}
_BOOTSTRAP = "bootstrap.tfstate"


@dataclass(frozen=True)
class Holder:
    """The holder of a lock."""

    lock_id: str
    who: str
    operation: str
    created: str
    note: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Holder:
        """From the fields of Terraform's lock."""
        created = re.sub(r"\.\d+", "", fields.get("Created", "")).removesuffix(" +0000 UTC")
        operation = fields.get("Operation", "").removeprefix("OperationType").lower()
        return cls(fields.get("ID", ""), fields.get("Who", ""), operation, created, fields.get("Info", ""))

    def __str__(self) -> str:
        note = f", {self.note}" if self.note else ""
        return f"{self.who} ({self.operation}) since {self.created} UTC{note}; lock {self.lock_id}"


def holder_in(output: str) -> Holder | None:
    """The holder that Terraform's error names; None where it is another error."""
    if "Error acquiring the state lock" not in output:
        return None
    return Holder.of({found[1]: found[2] for found in _FIELD.finditer(output)})


def who() -> str:
    """This user and host, in Terraform's form: user@host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def locked(holder: Holder, target: Target, running: Running) -> LockedError:
    """The error for a lock that is held: by whom, since when, and how to go on."""
    unlock = f"nox -s unlock -- {holder.lock_id} --environment {target.environment}"
    what = f"{target.name} is locked by {holder}."
    if holder.who == who() and running.alone:
        return LockedError(
            f"{what}\nThat is this machine, where nothing of it runs any more: it was left by a run that was killed.",
            f"remove it: {unlock}",
        )
    return LockedError(what, f"wait, or ask them; only if that run is dead for certain: {unlock}")


@contextmanager
def deployment_lock(target: Target, operation: str, running: Running) -> Iterator[None]:
    """Hold the environment's deployment lock while it is entered.

    Raises:
        LockedError: somebody else holds it.
    """
    s3 = target.clients("s3")
    key = f"{target.environment}/deploy{ENDING}"
    lock_id = str(uuid.uuid4())
    body = {
        "ID": lock_id,
        "Operation": operation,
        "Who": who(),
        "Created": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
        "Info": _run_in_ci(os.environ),
    }
    try:
        s3.put_object(Bucket=target.state_bucket, Key=key, Body=json.dumps(body).encode(), IfNoneMatch="*")
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in _TAKEN:
            raise
        holder = read_lock(target, key)
        if holder is None:  # given back this very moment
            raise LockedError(f"{target.name} was locked a moment ago.", "run it again") from error
        raise locked(holder, target, running) from None
    try:
        yield
    finally:
        now = read_lock(target, key)
        if now is not None and now.lock_id == lock_id:  # else: somebody has removed it, and it may be another's
            s3.delete_object(Bucket=target.state_bucket, Key=key)


def read_lock(target: Target, key: str) -> Holder | None:
    """The holder of the lock with that key; None: nobody holds it."""
    s3 = target.clients("s3")
    try:
        body = s3.get_object(Bucket=target.state_bucket, Key=key)["Body"].read()
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404", "NoSuchBucket"):
            return None
        raise
    return Holder.of({name: str(value) for name, value in json.loads(body).items()})


def all_locks(target: Target) -> dict[str, Holder]:
    """Every lock that concerns the environment, by its name in the bucket."""
    names = (f"{target.environment}/deploy", f"{target.environment}/stack.tfstate", _BOOTSTRAP)
    found = {f"{name}{ENDING}": read_lock(target, f"{name}{ENDING}") for name in names}
    return {name: holder for name, holder in found.items() if holder is not None}


def unlock(target: Target, lock_ids: list[str]) -> list[Holder]:
    """Remove these locks; returns their holders.

    Raises:
        UsageError: one is not there; the text lists those that are.
    """
    found = all_locks(target)
    there = {holder.lock_id for holder in found.values()}
    if not lock_ids or set(lock_ids) - there:
        listed = "\n".join(f"  {holder}" for holder in found.values()) or "  none"
        raise UsageError(f"No such lock. Locks of {target.name}:\n{listed}", "name the lock's ID, as it is listed")
    gone = {name: holder for name, holder in found.items() if holder.lock_id in lock_ids}
    s3: Any = target.clients("s3")
    for name in gone:
        s3.delete_object(Bucket=target.state_bucket, Key=name)
    return list(gone.values())


def _run_in_ci(environ: Mapping[str, str]) -> str:
    if "GITHUB_RUN_ID" not in environ:
        return ""
    return f"{environ['GITHUB_SERVER_URL']}/{environ['GITHUB_REPOSITORY']}/actions/runs/{environ['GITHUB_RUN_ID']}"
