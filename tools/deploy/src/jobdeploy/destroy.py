"""Removal of an environment, and of the bootstrap, after a confirmation by name.

The bootstrap (states and images of all environments) is removed only when no environment is left. After an interruption the same command goes on.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from jobctl.environment.images import ImageSet, registered_images
from jobctl.environment.target import PRODUCTION
from jobctl.errors import UsageError
from jobdeploy.declared import read_declared
from jobdeploy.explain import StalePlan
from jobdeploy.locks import ENDING, deployment_lock, locked, read_lock
from jobdeploy.roots import BOOTSTRAP, LOCAL_STATE, bootstrap_root, look_for_bootstrap, stack, stack_values

if TYPE_CHECKING:
    from jobctl.environment.target import Images, Target
    from jobdeploy.root import Root
    from jobdeploy.work import Work

_NO_DIGEST = "0" * 64


def destroy(work: Work, *, bootstrap_too: bool) -> None:
    """Destroy the whole environment; with `bootstrap_too` the bootstrap as well.

    Raises:
        NotAllowedError: nobody has confirmed it. LockedError, DeployError, UsageError: what is in the way. Stopped: asked to end.
    """
    target = work.target
    found = look_for_bootstrap(target)
    if found.bucket:
        with deployment_lock(target, "destroy", work.running):
            _destroy_stack(work)
    if bootstrap_too and (found.bucket or found.here):
        _destroy_bootstrap(work, moved=found.moved and not found.here)
    work.progress.end()


def described(resources: Sequence[dict[str, Any]], target: Target) -> list[str]:
    """Lines shown before the confirmation: resources by type, messages that wait, log groups with their sizes."""
    kinds = Counter(one["type"] for one in resources)
    lines = [f"{len(resources)} resources of {target.name} in account {target.account}, {target.region}, for good:"]
    lines += [f"  {count:4} {kind}" for kind, count in sorted(kinds.items())]
    queues = sorted(one["values"]["url"] for one in resources if one["type"] == "aws_sqs_queue")
    if queues:
        lines += ["Queues, with their messages:", *(f"  {_messages(target, url)}" for url in queues)]
    groups = sorted(one["values"]["name"] for one in resources if one["type"] == "aws_cloudwatch_log_group")
    if groups:
        lines += ["Log groups, with their events:", *(f"  {_kept(target, name)}" for name in groups)]
    return lines


def _destroy_stack(work: Work) -> None:
    target = work.target
    with work.progress.step(f"terraform init {target.name}"):
        root = stack(work, {})
        root.init()
        resources = root.resources()
    if not resources:
        work.progress.say(f"Nothing of {target.name} is there.")
        return
    work.progress.say("\n".join(described(resources, target)))
    work.person.type_name(
        target.environment, f"Destroy {target.name}?", yes_is_enough=target.environment != PRODUCTION or target.local
    )
    root.set_values(stack_values(target, _images(target, root)))
    _destroy_all(work, root, target.name)


def _destroy_bootstrap(work: Work, *, moved: bool) -> None:
    target = work.target
    _check_no_environment_is_left(work)
    work.progress.say(
        f"The bootstrap of {target.project} in account {target.account}, {target.region}: the bucket {target.state_bucket} with every"
        " version of every state, and all images in ECR, for good."
    )
    work.person.type_name(target.project, "Destroy the bootstrap too?", yes_is_enough=target.local)
    state = target.terraform / BOOTSTRAP / LOCAL_STATE
    if moved:  # its bucket goes too
        with work.progress.step("the bootstrap's state out of its bucket"), bootstrap_root(work, moved=True) as root:
            root.init()
            root.pull_state(state)
    with bootstrap_root(work, moved=False, values={"force_destroy": True}) as root:
        with work.progress.step("terraform init bootstrap"):
            root.init()
        with work.progress.step("allow the bucket and the repositories to be emptied"):
            root.apply(root.plan())  # destroy goes by what the state says
        _destroy_all(work, root, "the bootstrap")
    for file in (state, state.with_name(f"{LOCAL_STATE}.backup")):
        file.unlink(missing_ok=True)


def _destroy_all(work: Work, root: Root, name: str) -> None:
    while True:
        with work.progress.step(f"plan the end of {name}"):
            plan = root.plan("-destroy")
        if plan.empty:
            return
        try:
            with work.progress.step(f"destroy {name}") as notes:
                root.apply(plan)
                notes.append(f"{len(plan.changes)} resources")
        except StalePlan:
            work.progress.say("The state was changed since: planned anew.")
            continue
        return


def _check_no_environment_is_left(work: Work) -> None:
    target = work.target
    s3 = target.clients("s3")
    left = []
    for key in _keys(s3, target.state_bucket):
        if key.endswith(ENDING) and (holder := read_lock(target, key)) is not None:
            raise locked(holder, target, work.running)
        if key.endswith("/stack.tfstate"):
            state = json.loads(s3.get_object(Bucket=target.state_bucket, Key=key)["Body"].read())
            if state.get("resources"):
                left.append(key.partition("/")[0])
    if left:
        raise UsageError(
            f"There are still environments: {', '.join(sorted(left))}. The bootstrap holds their states and images.",
            f"nox -s destroy -- --environment {left[0]}; then this again",
        )


def _keys(s3: Any, bucket: str) -> Iterator[str]:
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            yield from (one["Key"] for one in page.get("Contents", []))
    except s3.exceptions.NoSuchBucket:
        return


def _images(target: Target, root: Root) -> Images:
    """Images registered last. A stack that was never complete gets digests of zeros, since its variables need values."""
    registered = registered_images(target, root.outputs()).by_name
    names = [*read_declared(target.stack), "collector"]
    nothing = {name: f"{target.ecr}/{target.project}/{name}@sha256:{_NO_DIGEST}" for name in names}
    return ImageSet({**nothing, **registered}).variables()


def _messages(target: Target, url: str) -> str:
    sqs = target.clients("sqs")
    waiting, hidden = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"
    name = url.rpartition("/")[2]
    try:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[waiting, hidden])["Attributes"]
    except sqs.exceptions.QueueDoesNotExist:
        return f"{name}: gone already"
    return f"{name}: {found[waiting]} waiting, {found[hidden]} in work"


def _kept(target: Target, name: str) -> str:
    found = target.clients("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    sizes = [one.get("storedBytes", 0) for one in found if one["logGroupName"] == name]
    return f"{name}: {sizes[0]:,} bytes" if sizes else f"{name}: gone already"
