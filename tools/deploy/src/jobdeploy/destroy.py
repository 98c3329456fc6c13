"""Removal of an environment, and of the bootstrap, after a confirmation by name.

The bootstrap (states and images of all environments) is removed only when no environment is left. After an interruption the same command goes on.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jobctl.environment.queue_depth import queue_depth
from jobctl.errors import UsageError
from jobdeploy.declared import read_declared
from jobdeploy.errors import LockedError
from jobdeploy.image_set import ImageSet
from jobdeploy.insights import delete_insights
from jobdeploy.locks import SUFFIX, deployment_lock
from jobdeploy.roots import bootstrap_root, find_bootstrap, remove_local_state, stack

if TYPE_CHECKING:
    from jobdeploy.context import DeployContext
    from jobdeploy.image_set import Images
    from jobdeploy.target import DeployTarget

_NO_DIGEST = "0" * 64
_PRODUCTION = "prod"
"""The environment that is not destroyed in passing."""


def destroy(context: DeployContext, *, bootstrap_too: bool) -> None:
    """Destroy the whole environment; with `bootstrap_too` the bootstrap as well.

    Raises:
        NotAllowedError: nobody has confirmed it. LockedError, CommandError, UsageError: what is in the way. Stopped: asked to end.
    """
    found = find_bootstrap(context.target)
    if found.bucket:
        with deployment_lock(context.target, "destroy"):
            _destroy_stack(context)
    if bootstrap_too and (found.bucket or found.local_state):
        _destroy_bootstrap(context, in_bucket=found.state_in_bucket)
    context.progress.end()


def _destroy_stack(context: DeployContext) -> None:
    target = context.target
    root = stack(context, _no_images(target))
    with context.progress.step(f"terraform init {target.name}"):
        root.init()
    with context.progress.step(f"plan to destroy {target.name}") as notes:
        plan = root.plan("-destroy")
        notes.append("nothing is there" if plan.empty else plan.totals)
    if plan.empty:
        delete_insights(target)
        return
    context.progress.say("\n".join([plan.headings(), *_waiting_messages(target, root.outputs())]))
    context.prompt.type_name(
        target.environment,
        f"Destroy {target.name} in account {target.account}, {target.region}?",
        yes_is_enough=target.environment != _PRODUCTION or target.local,
    )
    with context.progress.step(f"destroy {target.name}"):
        root.apply(plan)
        delete_insights(target)


def _destroy_bootstrap(context: DeployContext, *, in_bucket: bool) -> None:
    target = context.target
    _check_no_environment_is_left(target)
    context.progress.say(
        f"The bootstrap of {target.project} in account {target.account}, {target.region}: the bucket {target.state_bucket} with every"
        " version of every state, and all images in ECR, for good."
    )
    context.prompt.type_name(target.project, "Destroy the bootstrap too?", yes_is_enough=target.local)
    if in_bucket:
        with bootstrap_root(context, in_bucket=True):
            pass  # so that Terraform knows where the state is that moves out of the bucket, which goes too
    with bootstrap_root(context, in_bucket=False, migrate=in_bucket, values={"force_destroy": True}) as root:
        with context.progress.step("allow the bucket and the repositories to be emptied"):
            root.apply(root.plan())  # destroy goes by what the state says
        with context.progress.step("destroy the bootstrap"):
            root.apply(root.plan("-destroy"))
    remove_local_state(target)


def _check_no_environment_is_left(target: DeployTarget) -> None:
    s3, left = target.clients("s3"), []
    try:
        pages = [*s3.get_paginator("list_objects_v2").paginate(Bucket=target.state_bucket)]
    except s3.exceptions.NoSuchBucket:
        return
    for key in sorted(one["Key"] for page in pages for one in page.get("Contents", [])):
        if key.endswith(SUFFIX):
            raise LockedError(f"{key} is locked in {target.state_bucket}.", "wait for that run, or unlock it")
        if key.endswith("/stack.tfstate"):
            state = json.loads(s3.get_object(Bucket=target.state_bucket, Key=key)["Body"].read())
            left += [key.partition("/")[0]] if state.get("resources") else []
    if left:
        raise UsageError(
            f"There are still environments: {', '.join(left)}. The bootstrap holds their states and images.",
            f"nox -s destroy -- --environment {left[0]}; then this again",
        )


def _no_images(target: DeployTarget) -> Images:
    """Values for the image variables, which a plan to destroy needs and does not use."""
    names = (*read_declared(target.stack), "collector")
    return ImageSet({name: f"{target.ecr}/{target.project}/{name}@sha256:{_NO_DIGEST}" for name in names}).variables()


def _waiting_messages(target: DeployTarget, outputs: dict[str, Any]) -> list[str]:
    lines = ["Queues, with their messages:"]
    for one in outputs.get("services", {}).values():
        for url in (one["sqs_queue_url"], one["sqs_dlq_url"]):
            with suppress(target.clients("sqs").exceptions.QueueDoesNotExist):  # an earlier run was interrupted
                lines.append(f"  {queue_depth(target.clients, url).text()}")
    return lines
