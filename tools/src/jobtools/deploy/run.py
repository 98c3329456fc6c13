"""Which step does what? Layer: tools, main thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtools.deploy import flow
from jobtools.deploy.destroy import destroy
from jobtools.deploy.drift import check_drift
from jobtools.deploy.locks import all_locks, unlock
from jobtools.deploy.roots import bootstrap

if TYPE_CHECKING:
    import argparse

    from jobtools.deploy.steps import Parts
    from jobtools.deploy.work import Work


def run_step(asked: argparse.Namespace, work: Work) -> None:
    """One of `arguments`. Raises what the step raises."""
    target, stop, progress = work.target, work.stop, work.progress
    if asked.step == "deploy":
        flow.deploy(work, parts(work))
    elif asked.step == "bootstrap":
        bootstrap(work, always=True)
    elif asked.step == "rollback":
        flow.rollback(work, parts(work))
    elif asked.step == "build":
        parts(work).pictures.build(target, stop, progress)
    elif asked.step == "push":
        for name, image in parts(work).pictures.push(target, stop, progress).items():
            progress.say(f"{name} = {image}")
    elif asked.step == "smoke":
        outputs = flow.outputs_of(work, flow.ready_stack(work, {}))
        parts(work).smoke.smoke(target, outputs, stop, progress)
    elif asked.step == "info":
        from jobtools.deploy.info import info

        info(target, flow.outputs_of(work, flow.ready_stack(work, {})), progress)
    elif asked.step == "drift":
        check_drift(work)
    elif asked.step == "destroy":
        destroy(work, bootstrap_too=asked.bootstrap)
    else:
        _unlock(work, asked.lock)


def parts(work: Work) -> Parts:
    """The steps that a deployment is made of."""
    from jobtools.deploy import history, pictures, rollout, smoke
    from jobtools.deploy.local.pictures import LocalPictures
    from jobtools.deploy.steps import Parts

    images = pictures if work.target.registry is None else LocalPictures(work.folder)
    return Parts(pictures=images, rollout=rollout, smoke=smoke, history=history)


def _unlock(work: Work, lock_ids: list[str]) -> None:
    if not lock_ids:
        found = "\n".join(f"  {holder}" for holder in all_locks(work.target).values())
        work.progress.say(f"Locks of {work.target.name}:\n{found or '  none'}")
        return
    for holder in unlock(work.target, lock_ids):
        work.progress.say(f"Removed: {holder}")
