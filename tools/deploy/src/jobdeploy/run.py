"""The function of each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobctl.environment.paused import paused_notice, paused_services
from jobctl.errors import CommandError
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


def run_step(options: argparse.Namespace, context: DeployContext, local: LocalDoor | None = None) -> None:
    """One of `arguments`. Raises what the step raises."""
    target = context.target
    if options.step == "deploy":
        images = _images(ImageStep(without_scan=options.without_scan), context, local)
        flow.deploy(context, flow.Steps(images), rollback_on_failed_smoke=options.rollback_on_failed_smoke)
    elif options.step == "bootstrap":
        bootstrap(context, always=True)
    elif options.step == "rollback":
        flow.rollback(context, flow.Steps(_images(ImageStep(), context, local)))
    elif options.step == "push":
        images = _images(ImageStep(options.images or None), context, local)
        for variable, image in images.push(target, context.stop, context.progress).items():
            context.progress.say(f"{variable} = {image}")
    elif options.step == "smoke":
        outputs = flow.outputs_of(context, flow.ready_stack(context, {}))
        if paused := paused_services(target, outputs):
            notices = "\n".join(paused_notice(*one) for one in paused.items())
            raise CommandError(f"{notices}\nA trigger would wait.", "resume it, then run this again")
        smoke(target, outputs, context.stop, context.progress)
    elif options.step == "drift":
        check_drift(context)
    elif options.step == "destroy":
        destroy(context, bootstrap_too=options.bootstrap)
    else:
        _unlock(context, options.lock, of_bootstrap=options.bootstrap)


def _images(step: ImageStep, context: DeployContext, local: LocalDoor | None) -> ImageSource:
    """`local` makes images for a registry that stands for ECR."""
    return step if local is None or context.target.registry is None else local.images(step)


def _unlock(context: DeployContext, lock_id: str, *, of_bootstrap: bool) -> None:
    if of_bootstrap:
        with bootstrap_root(context, in_bucket=True) as root:
            root.run("force-unlock", "-force", lock_id)
    elif not remove_lock(context.target, lock_id):
        root = stack(context, {})
        root.init()
        root.run("force-unlock", "-force", lock_id)
    context.progress.say(f"Removed: lock {lock_id}")
