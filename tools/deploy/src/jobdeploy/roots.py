"""The two Terraform roots, with the place of each state and the values that each is planned with.

bootstrap   once for an account and Region. It makes the bucket of the states, so its own state begins as the file `terraform.tfstate` beside it;
            `terraform init -migrate-state` moves it into the bucket, as `bootstrap.tfstate`, where later runs find it from any checkout.
stack       once for each environment: `{environment}/stack.tfstate` in that bucket.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobctl.errors import NotAllowedError, UsageError
from jobdeploy.exchanged import exchanged
from jobdeploy.root import Plan, Root

if TYPE_CHECKING:
    from jobdeploy.context import DeployContext
    from jobdeploy.target import DeployTarget

BOOTSTRAP = "bootstrap"
LOCAL_STATE = "terraform.tfstate"
_KEY = "bootstrap.tfstate"
_OTHER_REPOSITORIES = ("base", "collector")
"""Repositories that are no service's, as infra/terraform/bootstrap/main.tf has them."""
_OVERRIDE = "deploy_override.tf"
_TO_A_LOCAL_AWS = {
    "use_path_style": "true",
    "skip_credentials_validation": "true",
    "skip_metadata_api_check": "true",
    "skip_requesting_account_id": "true",
}
_ACCOUNT = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}):")


def environments(target: DeployTarget) -> list[str]:
    """Names of the environments that have values."""
    return sorted({file.parent.name for file in (target.terraform / "environments").glob("*/*.tfvars")})


def stack(context: DeployContext, values: Mapping[str, Any]) -> Root:
    """The environment's stack with these values (images) above all others; `init` comes next.

    Raises:
        UsageError: there is no such environment.
    """
    target = context.target
    if target.environment not in environments(target):
        raise UsageError(
            f"There is no environment {target.environment}; there are {', '.join(environments(target))}.",
            f"make infra/terraform/environments/{target.environment}/terraform.tfvars, as dev has it",
        )
    return Root(
        context,
        target.stack,
        f"deploy-{target.account}-{target.region}-{target.environment}",
        backend=_backend(target, f"{target.environment}/stack.tfstate"),
        var_files=sorted((target.terraform / "environments" / target.environment).glob("*.tfvars")),
        values=stack_values(target, values),
    )


def stack_values(target: DeployTarget, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the stack's variables that override the environment's own."""
    own = {"project_name": target.project, "environment": target.environment, "aws_region": target.region}
    return {**own, **target.values, **values}


def bring_up(
    context: DeployContext,
    root: Root,
    name: str,
    *,
    check: Callable[[Plan], object] = lambda plan: None,
    before_apply: Callable[[], object] = lambda: None,
) -> None:
    """Plan, `check` the plan, show it, ask, call `before_apply`, and apply that very plan; no more than plan where nothing would change.

    Raises:
        LockedError, CommandError: Terraform's error, or the check's. NotAllowedError: nobody agreed. Stopped: asked to end.
    """
    with context.progress.step(f"plan {name}") as notes:
        plan = root.plan()
        if moved := exchanged(plan.text):
            for move in moved:
                root.run("state", "mv", *move)
            plan = root.plan()
        notes.append("no changes" if plan.empty else plan.totals)
    if plan.empty:
        return
    check(plan)
    context.progress.say(plan.text if context.verbose else plan.headings())
    context.prompt.agree(f"Apply this plan to {name}?")
    before_apply()
    with context.progress.step(f"apply {name}"):
        root.apply(plan)


@dataclass(frozen=True)
class Bootstrap:
    """The parts of the bootstrap that exist. `missing`: repositories of services, and the boundary of all roles, that are not there."""

    bucket: bool
    state_in_bucket: bool
    local_state: bool
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do. A state in the checkout belongs to a run that did not end."""
        return self.bucket and not self.missing and not self.local_state


def find_bootstrap(target: DeployTarget) -> Bootstrap:
    """Look for the bootstrap in S3, in ECR and in the folder.

    Raises:
        NotAllowedError: the bucket is another account's, or we may not see it.
        UsageError: the state in the folder is another account's.
    """
    bucket = _exists(target, "head_bucket", Bucket=target.state_bucket)
    moved = bucket and _exists(target, "head_object", Bucket=target.state_bucket, Key=_KEY)
    return Bootstrap(bucket, moved, _has_local_state(target), _missing(target))


def bootstrap(context: DeployContext, *, always: bool = False) -> None:
    """Create the bootstrap if it is missing or incomplete; `always`: plan it in any case, since its values or its code may have changed.

    Raises:
        UsageError: it is there in part, and its state is neither here nor in the bucket. And as `bring_up`.
    """
    target = context.target
    with context.progress.step("look for the bootstrap") as notes:
        found = find_bootstrap(target)
        notes.append("complete" if found.complete else "incomplete" if found.bucket else "not there")
    if found.complete and not always:
        return
    if found.bucket and not found.state_in_bucket and not found.local_state:
        raise UsageError(
            f"The state of {target.project}'s bootstrap is neither in {target.state_bucket} nor in {target.terraform / BOOTSTRAP}.",
            f"put the file {LOCAL_STATE} of whoever made it there, run it again",
        )
    with bootstrap_root(context, in_bucket=found.state_in_bucket) as root:
        bring_up(context, root, "the bootstrap")
    if not found.state_in_bucket:
        with bootstrap_root(context, in_bucket=True, migrate=True):
            remove_local_state(target)


@contextmanager
def bootstrap_root(
    context: DeployContext, *, in_bucket: bool, migrate: bool = False, values: Mapping[str, Any] | None = None
) -> Iterator[Root]:
    """The bootstrap's root, initialised, while it is entered. `migrate`: its state moves here from the other place.

    An override file beside it says that the state is in the bucket, and is deleted on leaving.
    """
    target = context.target
    folder = target.terraform / BOOTSTRAP
    override, local_state = folder / _OVERRIDE, folder / LOCAL_STATE
    override.unlink(missing_ok=True)  # a killed run's
    if in_bucket:
        override.write_text('terraform {\n  backend "s3" {}\n}\n')
        if not migrate and local_state.exists():  # an interrupted run's; `init` would copy it over the bucket's
            local_state.replace(local_state.with_name(f"{LOCAL_STATE}.superseded"))
    own = {"project_name": target.project, "aws_region": target.region}
    root = Root(
        context,
        folder,
        f"deploy-{target.account}-{target.region}",
        backend=_backend(target, _KEY) if in_bucket else None,
        values={**own, **(values or {})},
    )
    try:
        with context.progress.step("move the bootstrap's state" if migrate else "terraform init bootstrap"):
            root.init(migrate=migrate)
        yield root
    finally:
        override.unlink(missing_ok=True)


def remove_local_state(target: DeployTarget) -> None:
    """Remove what Terraform leaves in the folder of a state that was moved or destroyed."""
    for file in (target.terraform / BOOTSTRAP).glob(f"{LOCAL_STATE}*"):
        file.unlink()


def _backend(target: DeployTarget, key: str) -> dict[str, str]:
    settings = {
        "bucket": target.state_bucket,
        "key": key,
        "region": target.region,
        "use_lockfile": "true",
    }
    return settings | (_TO_A_LOCAL_AWS if target.local else {})


def _has_local_state(target: DeployTarget) -> bool:
    file = target.terraform / BOOTSTRAP / LOCAL_STATE
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if not text.strip() or not json.loads(text).get("resources"):
        return False
    others = set(_ACCOUNT.findall(text)) - {target.account}
    if others:
        raise UsageError(
            f"{file} is the state of another account's bootstrap ({', '.join(sorted(others))}).",
            "keep it elsewhere: it would be taken for this account's",
        )
    return True


def _missing(target: DeployTarget) -> tuple[str, ...]:
    services = [file.parent.name for file in (target.repository / "services").glob("*/pyproject.toml")]
    pages = target.clients("ecr").get_paginator("describe_repositories").paginate()
    there = {one["repositoryName"] for page in pages for one in page["repositories"]}
    missing = [name for name in sorted({*services, *_OTHER_REPOSITORIES}) if f"{target.project}/{name}" not in there]
    return (*missing, *_missing_boundary(target))


def _missing_boundary(target: DeployTarget) -> Iterator[str]:
    iam, name = target.clients("iam"), f"{target.project}-boundary-{target.region}"
    try:
        iam.get_policy(PolicyArn=f"arn:{iam.meta.partition}:iam::{target.account}:policy/{name}")
    except iam.exceptions.NoSuchEntityException:
        yield name


def _exists(target: DeployTarget, operation: str, **what: str) -> bool:
    s3 = target.clients("s3")
    try:
        getattr(s3, operation)(**what)
    except s3.exceptions.ClientError as error:
        code = str(error.response["Error"]["Code"])
        if code in ("404", "NoSuchBucket", "NoSuchKey", "NotFound"):
            return False
        if code in ("403", "AccessDenied", "Forbidden"):
            raise NotAllowedError(
                f"No access to the bucket {target.state_bucket}.",
                "take a role that may read the state; if the bucket is another account's, choose another project in deploy.toml",
            ) from error
        raise
    return True
