"""Comparison of the resources in AWS with this checkout. Changes nothing and takes no lock, so it never delays a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobctl.environment.paused import paused_notice, paused_services
from jobdeploy.errors import DriftError
from jobdeploy.flow import outputs_of, ready_stack
from jobdeploy.image_set import registered_images
from jobdeploy.locks import check_unlocked
from jobdeploy.roots import stack_values

if TYPE_CHECKING:
    from jobdeploy.context import DeployContext


def check_drift(context: DeployContext) -> None:
    """Plan with the images that were deployed last.

    Raises:
        DriftError: the plan is not empty; the text has Terraform's plan.
        LockedError: a deployment is under way, so that everything differs. CommandError: nothing is deployed.
    """
    target = context.target
    check_unlocked(target)
    root = ready_stack(context, {})
    outputs = outputs_of(context, root)
    for service, former in paused_services(target, outputs).items():
        context.progress.say(f"{paused_notice(service, former)} That is no drift.")
    with context.progress.step(f"plan {target.name}") as notes:
        root.set_values(stack_values(target, registered_images(target, outputs).variables()))
        plan = root.plan("-lock=false")
        notes.append("no drift" if plan.empty else plan.totals)
    if not plan.empty:
        raise DriftError(
            f"{target.name} differs from this checkout:\n{plan.text.rstrip()}",
            f"deploy this checkout (nox -s deploy -- --environment {target.environment}), or change the code to what is right",
        )
