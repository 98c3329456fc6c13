"""The two Terraform roots, with the place of each state and the values that each is planned with.

bootstrap   once for an account and Region. Its state begins as a file beside it (the bucket is what it makes) and is moved into the bucket, as
            `bootstrap.tfstate`, when the bootstrap is complete: later runs, from any checkout, find it there.
stack       once for each environment: `{environment}/stack.tfstate` in that bucket.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobctl.errors import DeployError, NotAllowedError, UsageError
from jobdeploy.explain import StalePlan
from jobdeploy.plan_summary import summary
from jobdeploy.root import Plan, Root

if TYPE_CHECKING:
    from jobctl.environment.target import Target
    from jobdeploy.work import Work

BOOTSTRAP = "bootstrap"
BOOTSTRAP_KEY = "bootstrap.tfstate"
BESIDE_SERVICES = ("base", "collector")
"""Repositories that are no service's, as infra/terraform/bootstrap/main.tf has them."""
_OVERRIDE = "deploy_override.tf"
LOCAL_STATE = "bootstrap.tfstate"
"""Beside the root, until it is in the bucket. Not Terraform's own name: `init` with another backend would take that file for one to be merged."""
_BY_HAND = "terraform.tfstate"
"""Of a bootstrap that was applied by hand, as docs/howto/deploy.md says."""
_TO_A_LOCAL_AWS = {
    "use_path_style": "true",
    "skip_credentials_validation": "true",
    "skip_metadata_api_check": "true",
    "skip_requesting_account_id": "true",
}
_ACCOUNT = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}):")


def environments(target: Target) -> list[str]:
    """Names of the environments that have values."""
    return sorted({file.parent.name for file in (target.terraform / "environments").glob("*/*.tfvars")})


def stack(work: Work, values: Mapping[str, Any]) -> Root:
    """The environment's stack, with these values (images) above all others; not yet made ready.

    Raises:
        UsageError: there is no such environment.
    """
    target = work.target
    if target.environment not in environments(target):
        raise UsageError(
            f"There is no environment {target.environment}; there are {', '.join(environments(target))}.",
            f"make infra/terraform/environments/{target.environment}/terraform.tfvars, as dev has it",
        )
    return Root(
        work,
        target.stack,
        f"deploy-{target.account}-{target.region}-{target.environment}",
        backend=_backend(target, f"{target.environment}/stack.tfstate"),
        var_files=sorted((target.terraform / "environments" / target.environment).glob("*.tfvars")),
        values=stack_values(target, values),
    )


def stack_values(target: Target, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the stack's variables that override the environment's own."""
    own = {"project_name": target.project, "environment": target.environment, "aws_region": target.region}
    return {**own, **target.values, **values}


def bring_up(work: Work, root: Root, name: str) -> Plan:
    """Plan, show, ask, and apply that very plan; a plan that became stale meanwhile is made and shown again. Returns the applied plan.

    Raises:
        LockedError, DeployError: what is wrong. NotAllowedError: nobody agreed. Stopped: asked to end.
    """
    while True:
        with work.progress.step(f"plan {name}") as notes:
            plan = root.plan()
            notes.append("no changes" if plan.empty else f"{len(plan.changes)} resources")
        if plan.empty:
            return plan
        tell_plan(work, root, plan)
        work.person.agree(f"Apply this plan to {name}?")
        try:
            with work.progress.step(f"apply {name}") as notes:
                root.apply(plan)
                notes.append(f"{len(plan.changes)} resources")
        except StalePlan:
            work.progress.say("The state was changed since: the plan is made anew.")
            continue
        return plan


def tell_plan(work: Work, root: Root, plan: Plan) -> None:
    """Show a plan: the changes by address, or all of it with --verbose."""
    lines = (
        [root.show(plan.file)] if work.verbose else summary(plan.changes) if plan.changes else ["Only outputs change."]
    )
    work.progress.say("\n".join(lines))


@dataclass(frozen=True)
class Found:
    """The parts of the bootstrap that exist."""

    bucket: bool
    moved: bool
    """Whether its state is in the bucket."""
    here: bool
    """Whether its state is a file beside it."""
    missing: tuple[str, ...]
    """Repositories of services that are not there."""

    @property
    def whole(self) -> bool:
        """Whether nothing is left to do. A state file that is still in the checkout belongs to a run that did not end."""
        return self.bucket and not self.missing and not self.here


def look_for_bootstrap(target: Target) -> Found:
    """Look for the bootstrap in S3, in ECR and in the folder; works the same in a fresh checkout.

    Raises:
        NotAllowedError: the bucket is another account's, or we may not see it.
        UsageError: the state that is here is another account's.
    """
    bucket = _exists(target, "head_bucket", Bucket=target.state_bucket)
    moved = bucket and _exists(target, "head_object", Bucket=target.state_bucket, Key=BOOTSTRAP_KEY)
    return Found(bucket, moved, _is_here(target), _missing_repositories(target))


def bootstrap(work: Work, *, always: bool = False) -> None:
    """Create the bootstrap if it is missing or incomplete; `always`: plan it in any case, since its values or its code may have changed.

    Raises:
        UsageError: it is there in part, and its state is neither here nor in the bucket. And as `bring_up`.
    """
    target = work.target
    with work.progress.step("look for the bootstrap") as notes:
        found = look_for_bootstrap(target)
        notes.append("there" if found.whole else "not there" if not found.bucket else "not whole")
    if found.whole and not always:
        return
    if found.bucket and not found.moved and not found.here:
        lacks = f" lacks repositories ({', '.join(found.missing)}), and" if found.missing else ":"
        raise UsageError(
            f"The bootstrap of {target.project}{lacks} its state is neither in {target.state_bucket} nor here.",
            f"put the file terraform.tfstate of whoever made it into {target.terraform / BOOTSTRAP}, run it again",
        )
    with bootstrap_root(work, moved=found.moved and not found.here) as root:
        with work.progress.step("terraform init bootstrap"):
            root.init()
        bring_up(work, root, "the bootstrap")
    if found.here or not found.moved:
        move_state(work)


@contextmanager
def bootstrap_root(work: Work, *, moved: bool, values: Mapping[str, Any] | None = None) -> Iterator[Root]:
    """The bootstrap's root while it is entered. An override file beside it names the backend of its state, and is deleted on leaving."""
    target = work.target
    folder = target.terraform / BOOTSTRAP
    backend = _backend(target, BOOTSTRAP_KEY) if moved else None
    override = folder / _OVERRIDE
    kind = "s3" if moved else "local"
    path = "" if moved else f'\n    path = "{LOCAL_STATE}"\n  '
    if not moved and not (folder / LOCAL_STATE).exists() and _is_state_of(target, folder / _BY_HAND):
        (folder / _BY_HAND).replace(folder / LOCAL_STATE)
    override.write_text(f'terraform {{\n  backend "{kind}" {{{path}}}\n}}\n')
    own = {"project_name": target.project, "aws_region": target.region}
    kept_in = f"deploy-{target.account}-{target.region}-{kind}"
    try:
        yield Root(work, folder, kept_in, backend=backend, values={**own, **(values or {})})
    finally:
        override.unlink(missing_ok=True)


def move_state(work: Work) -> None:
    """Move the bootstrap's state from the file into the bucket. Can be interrupted anywhere: the file is deleted last."""
    folder = work.target.terraform / BOOTSTRAP
    with work.progress.step("the bootstrap's state into its bucket"), bootstrap_root(work, moved=True) as root:
        root.init()
        root.push_state(folder / LOCAL_STATE)
        (folder / LOCAL_STATE).unlink()
        (folder / f"{LOCAL_STATE}.backup").unlink(missing_ok=True)


def _backend(target: Target, key: str) -> dict[str, str]:
    settings = {
        "bucket": target.state_bucket,
        "key": key,
        "region": target.region,
        "encrypt": "true",
        "use_lockfile": "true",
    }
    return settings | (_TO_A_LOCAL_AWS if target.local else {})


def _is_here(target: Target) -> bool:
    return any(_is_state_of(target, target.terraform / BOOTSTRAP / name) for name in (LOCAL_STATE, _BY_HAND))


def _is_state_of(target: Target, file: Path) -> bool:
    if not file.exists() or not (text := file.read_text(encoding="utf-8")).strip():
        return False
    if not json.loads(text).get("resources"):
        return False
    others = set(_ACCOUNT.findall(text)) - {target.account}
    if others:
        raise UsageError(
            f"{file} is the state of another account's bootstrap ({', '.join(sorted(others))}).",
            "keep it elsewhere: it would be taken for this account's",
        )
    return True


def _missing_repositories(target: Target) -> tuple[str, ...]:
    services = [file.parent.name for file in (target.repository / "services").glob("*/pyproject.toml")]
    pages = target.clients("ecr").get_paginator("describe_repositories").paginate()
    there = {one["repositoryName"] for page in pages for one in page["repositories"]}
    return tuple(name for name in sorted({*services, *BESIDE_SERVICES}) if f"{target.project}/{name}" not in there)


def _exists(target: Target, operation: str, **what: str) -> bool:
    s3 = target.clients("s3")
    try:
        getattr(s3, operation)(**what)
    except s3.exceptions.ClientError as error:
        code = str(error.response["Error"]["Code"])
        if code in ("404", "NoSuchBucket", "NoSuchKey", "NotFound"):
            return False
        if code in ("403", "AccessDenied", "Forbidden"):
            raise NotAllowedError(
                f"Bucket {target.state_bucket} is not ours to see.",
                "take a role that may read the state; if the bucket is another account's, choose another project in deploy.toml",
            ) from error
        raise DeployError(f"S3 does not say whether {what} is there: {error}", "run it again") from error
    return True
