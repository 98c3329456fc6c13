"""Order of a deployment's steps.

    bootstrap -> lock -> images -> scan -> wave by wave: plan, wake, apply, watch -> smoke -> record -> unlock

A paused service (`jobctl pause`) stays paused: its new version is registered, its tasks are not waited for, and the deployment is neither
smoke-tested nor recorded as working. One that sleeps is woken, after the last question and before the apply: see `asleep`.
After Ctrl-C the same command goes on where it was: each step asks AWS and the registry what is there already. The deployment's lock is released
on Ctrl-C too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from jobctl.environment.paused import paused_services
from jobctl.errors import CommandError
from jobdeploy.asleep import keep_paused, wake
from jobdeploy.declared import read_declared
from jobdeploy.environment_check import check_environment
from jobdeploy.errors import RolledBackError, SmokeTestError
from jobdeploy.history import previous, record
from jobdeploy.image_set import ImageSet, registered_images, running_images
from jobdeploy.insights import adoption
from jobdeploy.locks import deployment_lock
from jobdeploy.rollout import watch
from jobdeploy.rollout_order import in_order, waves_of
from jobdeploy.roots import bootstrap, bring_up, stack, stack_values
from jobdeploy.smoke import smoke

if TYPE_CHECKING:
    from jobctl.environment.target import Outputs
    from jobdeploy.context import DeployContext, ImageSource
    from jobdeploy.image_set import Images
    from jobdeploy.root import Root

_BOOTSTRAP, _IMAGES, _SCAN, _SERVICES, _SMOKE = "bootstrap", "images", "scan of the images", "services", "smoke"


@dataclass(frozen=True)
class Steps:
    """The steps besides Terraform. Each can be repeated after any interruption."""

    images: ImageSource
    watch: Callable[..., None] = watch
    smoke: Callable[..., None] = smoke
    record: Callable[..., None] = record
    previous: Callable[..., Images] = previous


def deploy(context: DeployContext, steps: Steps, *, rollback_on_failed_smoke: bool = False) -> dict[str, Any]:
    """Deploy the checkout until its jobs are verified to run; returns the stack's outputs.

    `rollback_on_failed_smoke`: where the smoke test's job was refused, or failed for good, in a task of the new version, the previous deployment is
    restored. Not after a timeout, whose cause is unknown.

    Raises:
        SmokeTestError: it is deployed, and does not work. RolledBackError: the same, and the previous deployment runs again.
        CommandError: what a person can act on. Stopped: asked to end. And what the steps raise.
    """
    target, stop, progress = context.target, context.stop, context.progress
    progress.phases([_BOOTSTRAP, _IMAGES, _SCAN, _SERVICES, _SMOKE])
    progress.phase(_BOOTSTRAP)
    bootstrap(context)
    with deployment_lock(target, "deploy"):
        progress.phase(_IMAGES)
        images = steps.images.push(target, stop, progress)
        progress.phase(_SCAN)
        steps.images.gate(target, images, stop, progress)
        progress.phase(_SERVICES)
        outputs = _roll(context, steps, ready_stack(context, images), images)
        progress.phase(_SMOKE)
        try:
            _verify(context, steps, outputs, images)
        except SmokeTestError as failed:
            if rollback_on_failed_smoke and failed.by_new_version:
                _restore(context, steps, failed)
            raise
    hint = (
        ""
        if target.local
        else f" What runs where: jobctl status --project {target.project} --environment {target.environment}"
    )
    progress.say(f"\n{target.name} runs this checkout.{hint}")
    progress.end()
    return outputs


def rollback(context: DeployContext, steps: Steps) -> dict[str, Any]:
    """Restore the images of the previous deployment; returns the stack's outputs. Raises as `deploy`."""
    with deployment_lock(context.target, "rollback"):
        outputs = _rollback(context, steps)
    context.progress.end()
    return outputs


def _restore(context: DeployContext, steps: Steps, failed: SmokeTestError) -> None:
    """Restore the previous deployment, under the deployment's lock.

    Raises:
        RolledBackError: with what failed. CommandError: it failed too, and the new version may still be deployed.
    """
    first_line = failed.what.partition("\n")[0]
    context.progress.say(f"{first_line}\nSo the previous deployment is restored (--rollback-on-failed-smoke).")
    try:
        _rollback(context, steps)
    except CommandError as error:
        raise CommandError(
            f"{failed.what}\nAnd it could not be rolled back: {error.what}",
            f"{error.next_step}. The new version is the one that runs, unless `jobctl status` says otherwise",
        ) from failed
    raise RolledBackError(
        f"{failed.what}\nThe previous deployment was restored, and works.", "correct the cause, then deploy again"
    ) from failed


def _rollback(context: DeployContext, steps: Steps) -> dict[str, Any]:
    """The rollback itself; the caller holds the lock."""
    target = context.target
    root = ready_stack(context, {})
    # Not what runs: where ECS took a deployment back, that is the newest on record already, and Terraform has still the bad one.
    given_up = registered_images(target, outputs_of(context, root))
    images = steps.previous(target, given_up.variables())
    restored = ImageSet.of(images)
    lines = [
        f"  {name}: {given_up.by_name[name]}\n    -> {restored.by_name[name]}"
        for name in sorted(restored.differing(given_up))
    ]
    context.progress.say("\n".join(["Back to:", *lines]))
    outputs = _roll(context, steps, root, images, backwards=True)
    _verify(context, steps, outputs, images)
    return outputs


def ready_stack(context: DeployContext, images: Images) -> Root:
    """The stack's root, initialised with these images; every other step on it comes after."""
    with context.progress.step(f"terraform init {context.target.name}"):
        root = stack(context, images)
        root.init()
    return root


def outputs_of(context: DeployContext, root: Root) -> dict[str, Any]:
    """The outputs of a stack that is deployed.

    Raises:
        CommandError: nothing was deployed.
    """
    outputs, target = root.outputs(), context.target
    if not outputs.get("services"):
        raise CommandError(
            f"{target.name} has not been deployed in account {target.account}, {target.region}.",
            f"nox -s deploy -- --environment {target.environment}",
        )
    return outputs


def _roll(
    context: DeployContext, steps: Steps, root: Root, images: Images, *, backwards: bool = False
) -> dict[str, Any]:
    """Apply the images wave by wave, each watched to its end before the next one begins; returns the stack's outputs."""
    target = context.target
    declared = read_declared(target.stack)
    order = [name for wave in in_order(declared) for name in sorted(wave)]
    wanted = ImageSet.of(images)
    outputs = root.outputs()
    running = running_images(target, outputs)
    waves = waves_of(declared, wanted.differing(running), backwards=backwards)
    for number, wave in enumerate(waves, 1):
        later = {name for following in waves[number:] for name in following}
        root.set_values(stack_values(target, {**wanted.with_those_of(running, later).variables(), **adoption(target)}))
        # Those that wait for their turn are left out: one may have a failed deployment of an earlier run. Last, every service is watched.
        watched = tuple(name for name in order if not later or name in wave)
        # Of all services at once, before the first is rolled out; a rollback goes to what had its settings.
        unchecked = backwards or number > 1
        try:
            bring_up(
                context,
                root,
                target.name if len(waves) == 1 else f"{target.name}: {', '.join(sorted(wave))}",
                check=partial(check_environment, context, steps.images, root, {} if unchecked else images),
                before_apply=partial(wake, target, outputs, watched, context.progress),
            )
        finally:
            keep_paused(target, outputs, context.progress)
        outputs = root.outputs()
        steps.watch(target, outputs, watched, context.stop, context.progress)
    return outputs


def _verify(context: DeployContext, steps: Steps, outputs: Outputs, images: Images) -> None:
    """Run the smoke test, then record the deployment. With a paused service neither is done, so `rollback` never returns to it."""
    paused = paused_services(context.target, outputs)
    if not paused:
        steps.smoke(context.target, outputs, context.stop, context.progress)
        steps.record(context.target, images)
        return
    context.progress.say(
        f"Paused: {', '.join(sorted(paused))}. So no trigger is sent through: this deployment is unproven, and `rollback` will not come back to it "
        "until one after `jobctl resume` has verified it."
    )
