"""Comparison of the resources in AWS with this checkout.

Changes nothing and takes no lock, so it never delays a deployment.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobctl.environment.images import registered_images
from jobctl.environment.paused import paused_notice, paused_services
from jobctl.errors import DriftError
from jobdeploy.flow import outputs_of, ready_stack
from jobdeploy.locks import all_locks, locked
from jobdeploy.plan import Change, changes
from jobdeploy.plan_summary import summary
from jobdeploy.roots import stack_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobdeploy.work import Work


def check_drift(work: Work) -> None:
    """Plans with the images that were deployed last.

    Raises:
        DriftError: the plan is not empty; the text lists what differs.
        LockedError: a deployment is under way, so that everything differs. DeployError: nothing is deployed.
    """
    target = work.target
    for holder in all_locks(target).values():
        raise locked(holder, target, work.running)
    root = ready_stack(work, {})
    outputs = outputs_of(work, root)
    for service, former in paused_services(target, outputs).items():
        work.progress.say(f"{paused_notice(service, former)} That is no drift.")
    with work.progress.step(f"plan {target.name}") as notes:
        images = registered_images(target, outputs).variables()
        root.set_values(stack_values(target, images))
        plan = root.plan("-lock=false")
        notes.append("no drift" if plan.empty else f"{len(plan.changes)} resources differ")
    if plan.empty:
        return
    said = json.loads(root.show(plan.file, "-json"))
    beside = changes(json.dumps({"resource_changes": said.get("resource_drift", [])}))
    full = [root.show(plan.file)] if work.verbose else []
    raise DriftError(
        "\n".join([f"{target.name} is not what this checkout says:", *described(plan.changes, beside), *full]),
        f"apply this checkout (nox -s deploy -- --environment {target.environment}), or write what is right into the code",
    )


def described(planned: Sequence[Change], beside: Sequence[Change]) -> list[str]:
    """Lines that list what a deployment would change, and which resources were changed outside Terraform."""
    changed = {one.address: one for one in beside}
    by_hand = [changed[one.address] for one in planned if one.address in changed]
    lines = ["A deployment would do this:", *(summary(planned) if planned else ["  only outputs change"])]
    if by_hand:
        lines += ["Of these were changed beside Terraform:", *(f"  {_gone_or_changed(one)}" for one in by_hand)]
    return lines


def _gone_or_changed(one: Change) -> str:
    return f"{one.address} is gone" if one.actions == ("delete",) else f"{one.address}: {', '.join(one.attributes)}"
