"""The function of each step."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from jobctl.environment.paused import paused_notice, paused_services
from jobctl.errors import DeployError
from jobdeploy import flow
from jobdeploy.destroy import destroy
from jobdeploy.drift import check_drift
from jobdeploy.images import ImageStep
from jobdeploy.locks import remove_lock
from jobdeploy.roots import bootstrap, bootstrap_root, stack
from jobdeploy.smoke import smoke

if TYPE_CHECKING:
    import argparse

    from jobdeploy.context import DeployContext, ImageSource, LocalDoor


def run_step(asked: argparse.Namespace, context: DeployContext, local: LocalDoor | None = None) -> None:
    """One of `arguments`. Raises what the step raises."""
    target = context.target
    if asked.step == "deploy":
        images = _images(ImageStep(both=asked.both, without_scan=asked.without_scan), context, local)
        flow.deploy(context, flow.Steps(images), rollback_on_failed_smoke=asked.rollback_on_failed_smoke)
    elif asked.step == "bootstrap":
        bootstrap(context, always=True)
    elif asked.step == "rollback":
        flow.rollback(context, flow.Steps(_images(ImageStep(), context, local)))
    elif asked.step in ("build", "push"):
        images = _images(ImageStep(asked.images or None, both=asked.both), context, local)
        if asked.step == "build":
            images.build(target, context.stop, context.progress)
            return
        for variable, image in images.push(target, context.stop, context.progress).items():
            context.progress.say(f"{variable} = {image}")
    elif asked.step == "smoke":
        outputs = flow.outputs_of(context, flow.ready_stack(context, {}))
        if paused := paused_services(target, outputs):
            notices = "\n".join(paused_notice(*one) for one in paused.items())
            raise DeployError(f"{notices}\nA trigger would wait.", "resume it, then run this again")
        smoke(target, outputs, context.stop, context.progress)
    elif asked.step == "info":
        _info(context, as_json=asked.json)
    elif asked.step == "drift":
        check_drift(context)
    elif asked.step == "destroy":
        destroy(context, bootstrap_too=asked.bootstrap)
    else:
        _unlock(context, asked.lock, of_bootstrap=asked.bootstrap)


def _images(step: ImageStep, context: DeployContext, local: LocalDoor | None) -> ImageSource:
    """`local` makes images for a registry that stands for ECR."""
    return step if local is None or context.target.registry is None else local.images(step)


def _info(context: DeployContext, *, as_json: bool) -> None:
    from jobctl.environment.status import read_environment
    from jobctl.environment.status_view import status_view
    from jobctl.views.console import make_console

    target, outputs = context.target, flow.outputs_of(context, flow.ready_stack(context, {}))
    if as_json:
        print(json.dumps(asdict(read_environment(target, outputs)), indent=2))
        return
    with context.progress.step(f"look at {target.name}"):
        status = read_environment(target, outputs)
    make_console().print(status_view(status), soft_wrap=True)  # a console link is copied whole


def _unlock(context: DeployContext, lock_id: str, *, of_bootstrap: bool) -> None:
    if of_bootstrap:
        with bootstrap_root(context, in_bucket=True) as root:
            root.run("force-unlock", "-force", lock_id)
    elif not remove_lock(context.target, lock_id):
        root = stack(context, {})
        root.init()
        root.run("force-unlock", "-force", lock_id)
    context.progress.say(f"Removed: lock {lock_id}")
