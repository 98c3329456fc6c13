"""Images of the services, running and registered, and the stack's variables that name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobctl.environment.images import COLLECTOR, images_of

if TYPE_CHECKING:
    from jobctl.environment.target import Outputs
    from jobdeploy.target import DeployTarget

Images = dict[str, Any]
"""The stack's image variables: `main_job_image`, `background_job_image`, `collector_image` to ECR addresses by digest, and `service_images` (service
to address) where there are further services. Written as it is into a tfvars file."""
_OWN_VARIABLES = {"main-job": "main_job_image", "background-job": "background_job_image"}
"""As infra/terraform/stack/variables_services.tf: the two have a variable each, further services are in `service_images`."""
_COLLECTOR_VARIABLE = "collector_image"
_FURTHER = "service_images"


@dataclass(frozen=True)
class ImageSet:
    """Images by service (and `collector`), as they are found or wanted."""

    by_name: Mapping[str, str]

    @classmethod
    def of(cls, images: Images) -> ImageSet:
        """From the stack's variables."""
        own = {name: images[variable] for name, variable in _OWN_VARIABLES.items() if variable in images}
        collector = {COLLECTOR: images[_COLLECTOR_VARIABLE]} if _COLLECTOR_VARIABLE in images else {}
        return cls({**own, **images.get(_FURTHER, {}), **collector})

    def variables(self) -> Images:
        """As the stack's variables."""
        variables: Images = {
            variable: self.by_name[name] for name, variable in _OWN_VARIABLES.items() if name in self.by_name
        }
        if COLLECTOR in self.by_name:
            variables[_COLLECTOR_VARIABLE] = self.by_name[COLLECTOR]
        further = self.by_name.keys() - _OWN_VARIABLES.keys() - {COLLECTOR}
        return {**variables, _FURTHER: {name: self.by_name[name] for name in sorted(further)}}

    def with_those_of(self, other: ImageSet, names: set[str]) -> ImageSet:
        """These images, but for `names` those of the other, where it has them."""
        return ImageSet({**self.by_name, **{name: other.by_name[name] for name in names & other.by_name.keys()}})

    def differing(self, other: ImageSet) -> set[str]:
        """The services that have another image there; not those that are not there at all."""
        shared = self.by_name.keys() & other.by_name.keys() - {COLLECTOR}
        return {name for name in shared if self.by_name[name] != other.by_name[name]}


def running_images(target: DeployTarget, outputs: Outputs) -> ImageSet:
    """Images that the ECS services run now: after a rollback these are not the ones registered last. Empty where there is no service yet."""
    services = {name: one["ecs_service_name"] for name, one in outputs.get("services", {}).items()}
    if not services:
        return ImageSet({})
    ecs = target.clients("ecs")
    found: dict[str, str] = {}
    for name, service in services.items():  # one at a time: ten are the most that one call takes
        answer = ecs.describe_services(cluster=outputs["ecs_cluster_name"], services=[service])["services"]
        for one in answer:
            if one["status"] == "ACTIVE":
                found |= images_of(ecs, name, one["taskDefinition"])
    return ImageSet(found)


def registered_images(target: DeployTarget, outputs: Outputs) -> ImageSet:
    """What Terraform registered last, by its outputs."""
    ecs = target.clients("ecs")
    found: dict[str, str] = {}
    for name, one in outputs.get("services", {}).items():
        found |= images_of(ecs, name, one["ecs_task_definition_arn"])
    return ImageSet(found)
