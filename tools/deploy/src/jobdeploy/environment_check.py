"""Whether each service gets the settings that its image needs, before anything is rolled out: the planned environment against the image's label."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from jobctl.errors import UsageError
from jobdeploy.image_set import ImageSet

if TYPE_CHECKING:
    from jobdeploy.context import DeployContext, ImageSource
    from jobdeploy.image_set import Images
    from jobdeploy.images.declaration import Declaration
    from jobdeploy.root import Plan, Root

OUTPUT = "environment_names"
"""Of the stack: each service's names in its environment, secrets among them."""
_OF_LIBRARIES = ("AWS_", "OTEL_")
"""Read by the SDKs, which declare nothing."""
_OWN_VARIABLES = {"main-job": "main_job", "background-job": "background_job"}


def check_environment(context: DeployContext, source: ImageSource, root: Root, images: Images, plan: Plan) -> None:
    """Compare what the plan gives to every service with what the image that it is to get declares; says what no image knows.

    Raises:
        UsageError: settings are missing; nothing was applied.
    """
    if not images:
        return
    planned: Mapping[str, Collection[str]] = root.planned_outputs(plan).get(OUTPUT, {})
    references = {name: one for name, one in ImageSet.of(images).by_name.items() if name in planned}
    if not references:
        return
    with context.progress.step("settings of the images") as notes:
        declared = source.declared(context.target, references, context.stop)
        faults = [fault for name in sorted(references) for fault in missing(name, planned[name], declared[name])]
        notes.append("missing" if faults else "all set")
    for name in sorted(references):
        if names := unknown(planned[name], declared[name]):
            context.progress.say(
                f"  {name}: {', '.join(names)}: no setting of its image; a library of it may read that"
            )
    if faults:
        values = f"infra/terraform/environments/{context.target.environment}/terraform.tfvars"
        raise UsageError("\n".join(faults), f"set them in {values}, then deploy again; nothing was applied")


def missing(service: str, planned: Collection[str], declared: Declaration | None) -> list[str]:
    """A line for each setting without a default that the service would not get."""
    if declared is None:
        return []
    variable = _OWN_VARIABLES.get(service, f'service_values["{service}"]')
    where = {
        "stack": f"the queues and job_logs of {service} in infra/terraform/stack/main.tf give it",
        "environment": f"{variable} = {{ environment = {{ NAME = value }} }}",
        "secrets": f"{variable} = {{ secrets = {{ NAME = ARN }} }}",
    }
    return [
        f"{service}: {name} is not set, and its image needs it: {where[kind].replace('NAME', name)}"
        for name, kind in declared.required.items()
        if name not in planned
    ]


def unknown(planned: Collection[str], declared: Declaration | None) -> list[str]:
    """What the image does not declare: misspelt, or a library's."""
    if declared is None:
        return []
    known = {*declared.required, *declared.optional}
    return [name for name in sorted(planned) if name not in known and not name.startswith(_OF_LIBRARIES)]
