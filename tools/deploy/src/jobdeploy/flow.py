"""Order of a deployment's steps; the steps themselves are passed in.

    bootstrap -> lock -> images -> scan -> wave by wave: plan, apply, watch -> smoke -> record -> unlock

A paused service (`jobctl pause`) stays paused: its new version is registered, its tasks are not waited for, and the deployment is neither
smoke-tested nor recorded as working.
After Ctrl-C the same command goes on where it was: each step asks AWS and the registry what is there already. The deployment's lock is released
on Ctrl-C too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jobctl.environment.images import ImageSet, registered_images, running_images
from jobctl.environment.paused import paused_services
from jobctl.errors import DeployError, RolledBackError, SmokeTestError
from jobdeploy.declared import read_declared
from jobdeploy.locks import deployment_lock
from jobdeploy.rollout_order import in_order, waves_of
from jobdeploy.roots import bootstrap, bring_up, stack, stack_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobctl.environment.target import Images, Outputs
    from jobdeploy.plan import Change
    from jobdeploy.root import Root
    from jobdeploy.steps import Parts
    from jobdeploy.work import Work

_WORKER = re.compile(r'^module\.worker\["([^"]+)"\]\.aws_ecs_(?:service|task_definition)\.')
_BOOTSTRAP, _IMAGES, _SCAN, _SERVICES, _SMOKE = "bootstrap", "images", "scan of the images", "services", "smoke"


def deploy(work: Work, parts: Parts, *, rollback_on_failed_smoke: bool = False) -> dict[str, Any]:
    """Deploy the checkout until its jobs are verified to run; returns the stack's outputs.

    `rollback_on_failed_smoke`: where the smoke test's job was refused, or failed for good, in a task of the new version, the previous deployment is
    restored. Not after a timeout, whose cause is unknown.

    Raises:
        SmokeTestError: it is deployed, and does not work. RolledBackError: the same, and the previous deployment runs again.
        DeployError: what a person can act on. Stopped: asked to end. And what the steps raise.
    """
    target, stop, progress = work.target, work.stop, work.progress
    progress.phases([_BOOTSTRAP, _IMAGES, _SCAN, _SERVICES, _SMOKE])
    progress.phase(_BOOTSTRAP)
    bootstrap(work)
    with deployment_lock(target, "deploy", work.running):
        progress.phase(_IMAGES)
        images = parts.images.push(target, stop, progress)
        progress.phase(_SCAN)
        parts.images.gate(target, images, stop, progress)
        progress.phase(_SERVICES)
        outputs = roll(work, parts, ready_stack(work, images), images)
        progress.phase(_SMOKE)
        try:
            _prove(work, parts, outputs, images)
        except SmokeTestError as failed:
            if rollback_on_failed_smoke and failed.by_new_version:
                _take_back(work, parts, failed)
            raise
    said = f"What runs where: nox -s info -- --environment {target.environment}" if not target.local else ""
    progress.say(f"\n{target.name} runs this checkout. {said}".rstrip())
    progress.end()
    return outputs


def rollback(work: Work, parts: Parts) -> dict[str, Any]:
    """Restore the images of the previous deployment; returns the stack's outputs. Raises as `deploy`."""
    target, progress = work.target, work.progress
    with deployment_lock(target, "rollback", work.running):
        outputs = _back(work, parts)
    progress.end()
    return outputs


def _take_back(work: Work, parts: Parts, failed: SmokeTestError) -> None:
    """Restore the previous deployment, under the deployment's lock.

    Raises:
        RolledBackError: with what failed. And what a rollback raises, `from` that: the new version may still be deployed.
    """
    told = failed.what.partition("\n")[0]
    work.progress.say(f"{told}\nSo the deployment before is brought back (--rollback-on-failed-smoke).")
    try:
        _back(work, parts)
    except DeployError as error:
        raise DeployError(
            f"{failed.what}\nAnd it could not be rolled back: {error.what}",
            f"{error.next_step}. The new version is the one that runs, unless `nox -s info` says otherwise",
        ) from failed
    raise RolledBackError(
        f"{failed.what}\nThe deployment before was brought back, and works.", "mend what these say, then deploy again"
    ) from failed


def _back(work: Work, parts: Parts) -> dict[str, Any]:
    """The rollback itself; the lock is held by the caller."""
    target, progress = work.target, work.progress
    root = ready_stack(work, {})
    # Not what runs: where ECS took a deployment back, that is the newest on record already, and Terraform has still the bad one.
    given_up = registered_images(target, outputs_of(work, root))
    images = parts.history.previous(target, given_up.variables())
    back = ImageSet.of(images)
    lines = [
        f"  {name}: {given_up.by_name[name]}\n    -> {back.by_name[name]}" for name in sorted(back.differing(given_up))
    ]
    progress.say("\n".join(["Back to:", *lines]))
    outputs = roll(work, parts, root, images, backwards=True)
    _prove(work, parts, outputs, images)
    return outputs


def ready_stack(work: Work, images: Images) -> Root:
    """The stack's root, initialised with these images; every other step on it comes after."""
    with work.progress.step(f"terraform init {work.target.name}"):
        root = stack(work, images)
        root.init()
    return root


def outputs_of(work: Work, root: Root) -> dict[str, Any]:
    """The outputs of a stack that is deployed.

    Raises:
        DeployError: nothing was deployed.
    """
    outputs = root.outputs()
    if not outputs.get("services"):
        raise DeployError(
            f"{work.target.name} is not deployed in account {work.target.account}, {work.target.region}.",
            f"nox -s deploy -- --environment {work.target.environment}",
        )
    return outputs


def roll(work: Work, parts: Parts, root: Root, images: Images, *, backwards: bool = False) -> dict[str, Any]:
    """Applies the images wave by wave, each watched to its end before the next one begins; the stack's outputs."""
    target = work.target
    declared = read_declared(target.stack)
    wanted = ImageSet.of(images)
    running = running_images(target, root.outputs())
    waves = waves_of(declared, wanted.differing(running), backwards=backwards)
    outputs: dict[str, Any] = {}
    for number, wave in enumerate(waves):
        later = {name for following in waves[number + 1 :] for name in following}
        root.set_values(stack_values(target, wanted.with_those_of(running, later).variables()))
        plan = bring_up(work, root, target.name if len(waves) == 1 else f"{target.name}: {', '.join(sorted(wave))}")
        outputs = root.outputs()
        watched = _touched(plan.changes) | wave if later else set(declared)
        _watch(
            work, parts, outputs, [name for names in in_order(declared) for name in sorted(names) if name in watched]
        )
    return outputs


def _watch(work: Work, parts: Parts, outputs: Outputs, services: Sequence[str]) -> None:
    if services:
        parts.rollout.watch(work.target, outputs, tuple(services), work.stop, work.progress)


def _prove(work: Work, parts: Parts, outputs: Outputs, images: Images) -> None:
    """Run the smoke test, then record the deployment. With a paused service neither is done, so `rollback` never returns to it."""
    paused = paused_services(work.target, outputs)
    if not paused:
        parts.smoke.smoke(work.target, outputs, work.stop, work.progress)
        parts.history.record(work.target, images)
        return
    work.progress.say(
        f"Paused: {', '.join(sorted(paused))}. So no trigger is sent through, and `rollback` will not come back to this deployment until "
        "one after `jobctl resume` has proved it."
    )


def _touched(changes: Sequence[Change]) -> set[str]:
    """Services that the changes concern. Others are left out: one that waits for its wave may have a failed deployment of an earlier run."""
    return {found[1] for one in changes if (found := _WORKER.match(one.address))}
