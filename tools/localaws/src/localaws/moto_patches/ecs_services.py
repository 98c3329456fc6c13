"""Fields of an ECS service that moto does not keep when it is created or updated.

Without its capacity provider strategy the second plan replaces the service; without its deployment configuration (circuit breaker, alarms) or its
switches each plan changes it again. `ecs_deployments` shows these fields in the service's deployments.
"""

from __future__ import annotations

from typing import Any

from moto.ecs.responses import EC2ContainerServiceResponse

from localaws.moto_patches.patching import wrap

_KEPT = {
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
    "capacityProviderStrategy": "capacity_provider_strategy",
    "deploymentConfiguration": "deployment_configuration",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "enableExecuteCommand": "enable_execute_command",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
}
"""From the request's name to the attribute under which moto's serializer looks for it."""


def patch() -> None:
    """A service keeps what it was created or updated with."""
    wrap(EC2ContainerServiceResponse, "create_service", _kept)
    wrap(EC2ContainerServiceResponse, "update_service", _kept)


def _kept(old: Any, responses: Any) -> Any:
    answer = old(responses)
    _keep(answer.result["service"], responses)
    return answer


def _keep(service: Any, responses: Any) -> None:
    for parameter, attribute in _KEPT.items():
        value = responses._get_param(parameter)  # noqa: SLF001 (how every operation reads its parameters)
        if value is not None or not hasattr(service, attribute):
            setattr(service, attribute, value)
    if service.capacity_provider_strategy:
        # Either a launch type or a strategy, never both:
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
        service.launch_type = None
