"""The function of each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobtools.deploy import flow
from jobtools.deploy.destroy import destroy
from jobtools.deploy.drift import check_drift
from jobtools.deploy.locks import all_locks, unlock
from jobtools.deploy.paused import paused_services, told
from jobtools.deploy.roots import bootstrap
from jobtools.deploy.wishes import WishedPictures, Wishes, wished_names
from jobtools.deploy.wrong import Wrong

if TYPE_CHECKING:
    import argparse

    from jobtools.deploy.steps import Parts
    from jobtools.deploy.work import Work


def run_step(asked: argparse.Namespace, work: Work) -> None:
    """One of `arguments`. Raises what the step raises."""
    target, stop, progress = work.target, work.stop, work.progress
    if asked.step == "deploy":
        flow.deploy(
            work,
            parts(work, Wishes(both=asked.both, without_scan=asked.without_scan)),
            rollback_on_failed_smoke=asked.rollback_on_failed_smoke,
        )
    elif asked.step == "bootstrap":
        bootstrap(work, always=True)
    elif asked.step == "rollback":
        flow.rollback(work, parts(work))
    elif asked.step in ("build", "push"):
        _images(asked, work)
    elif asked.step == "smoke":
        outputs = flow.outputs_of(work, flow.ready_stack(work, {}))
        if paused := paused_services(target, outputs):
            said = "\n".join(told(*one) for one in paused.items())
            raise Wrong(f"{said}\nA trigger would wait.", "resume it, then run this again")
        parts(work).smoke.smoke(target, outputs, stop, progress)
    elif asked.step == "info":
        from jobtools.deploy.info import info

        info(target, flow.outputs_of(work, flow.ready_stack(work, {})), progress, as_json=asked.json)
    elif asked.step == "drift":
        check_drift(work)
    elif asked.step == "destroy":
        destroy(work, bootstrap_too=asked.bootstrap)
    else:
        _unlock(work, asked.lock)


def parts(work: Work, wishes: Wishes | None = None) -> Parts:
    """The steps that a deployment is made of."""
    from jobtools.deploy import history, pictures, rollout, smoke
    from jobtools.deploy.local.pictures import LocalPictures
    from jobtools.deploy.steps import Parts

    images = pictures if work.target.registry is None else LocalPictures(work.folder)
    wished = WishedPictures(images, wishes or Wishes())
    return Parts(pictures=wished, rollout=rollout, smoke=smoke, history=history)


def _images(asked: argparse.Namespace, work: Work) -> None:
    names = wished_names(work.target.repository, asked.images, pushed=asked.step == "push")
    work.progress.say(f"Images: {', '.join(sorted(names))}")
    step = parts(work, Wishes(names if asked.images else None, both=asked.both)).pictures
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
