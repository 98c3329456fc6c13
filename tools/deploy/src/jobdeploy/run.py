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
from jobdeploy.locks import all_locks, unlock
from jobdeploy.roots import bootstrap

if TYPE_CHECKING:
    import argparse

    from jobdeploy.steps import LocalDoor, Parts
    from jobdeploy.work import Work


def run_step(asked: argparse.Namespace, work: Work, local: LocalDoor | None = None) -> None:
    """One of `arguments`. Raises what the step raises."""
    target, stop, progress = work.target, work.stop, work.progress
    if asked.step == "deploy":
        flow.deploy(
            work,
            parts(work, local, ImageStep(both=asked.both, without_scan=asked.without_scan)),
            rollback_on_failed_smoke=asked.rollback_on_failed_smoke,
        )
    elif asked.step == "bootstrap":
        bootstrap(work, always=True)
    elif asked.step == "rollback":
        flow.rollback(work, parts(work, local))
    elif asked.step in ("build", "push"):
        _images(asked, work, local)
    elif asked.step == "smoke":
        outputs = flow.outputs_of(work, flow.ready_stack(work, {}))
        if paused := paused_services(target, outputs):
            said = "\n".join(paused_notice(*one) for one in paused.items())
            raise DeployError(f"{said}\nA trigger would wait.", "resume it, then run this again")
        parts(work, local).smoke.smoke(target, outputs, stop, progress)
    elif asked.step == "info":
        _info(work, as_json=asked.json)
    elif asked.step == "drift":
        check_drift(work)
    elif asked.step == "destroy":
        destroy(work, bootstrap_too=asked.bootstrap)
    else:
        _unlock(work, asked.lock)


def parts(work: Work, local: LocalDoor | None, images: ImageStep | None = None) -> Parts:
    """The steps that a deployment is made of; `local` makes images for a registry that stands for ECR."""
    from jobdeploy import history, rollout, smoke
    from jobdeploy.steps import Parts

    step = images or ImageStep()
    made = step if local is None or work.target.registry is None else local.images(step)
    return Parts(images=made, rollout=rollout, smoke=smoke, history=history)


def _info(work: Work, *, as_json: bool) -> None:
    from jobctl.environment.status import read_environment
    from jobctl.environment.status_view import status_view
    from jobctl.views.console import make_console

    target, outputs = work.target, flow.outputs_of(work, flow.ready_stack(work, {}))
    if as_json:
        print(json.dumps(asdict(read_environment(target, outputs)), indent=2))
        return
    with work.progress.step(f"look at {target.name}"):
        standing = read_environment(target, outputs)
    make_console().print(status_view(standing), soft_wrap=True)  # a console link is copied whole


def _images(asked: argparse.Namespace, work: Work, local: LocalDoor | None) -> None:
    step = parts(work, local, ImageStep(asked.images or None, both=asked.both)).images
    if asked.step == "build":
        step.build(work.target, work.stop, work.progress)
        return
    for variable, image in step.push(work.target, work.stop, work.progress).items():
        work.progress.say(f"{variable} = {image}")


def _unlock(work: Work, lock_ids: list[str]) -> None:
    if not lock_ids:
        found = "\n".join(f"  {holder}" for holder in all_locks(work.target).values())
        work.progress.say(f"Locks of {work.target.name}:\n{found or '  none'}")
        return
    for holder in unlock(work.target, lock_ids):
        work.progress.say(f"Removed: {holder}")
