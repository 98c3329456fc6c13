"""An ECS service is read back with what it was created and updated with."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Clients

STRATEGY = [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}]
DEPLOYMENT = {
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True},
}
FIELDS: dict[str, Any] = {
    "availabilityZoneRebalancing": "ENABLED",
    "capacityProviderStrategy": STRATEGY,
    "deploymentConfiguration": DEPLOYMENT,
    "enableECSManagedTags": True,
    "enableExecuteCommand": True,
    "healthCheckGracePeriodSeconds": 5,
}


def make(aws: Clients, **fields: Any) -> str:
    name = uuid.uuid4().hex
    aws.ecs.create_cluster(clusterName=name)
    aws.ecs.create_service(cluster=name, serviceName=name, desiredCount=0, **fields)
    return name


def register(aws: Clients) -> str:
    definition = aws.ecs.register_task_definition(
        family="worker", containerDefinitions=[{"name": "a", "image": "a", "memory": 128}]
    )
    arn: str = definition["taskDefinition"]["taskDefinitionArn"]
    return arn


def read(aws: Clients, name: str) -> dict[str, Any]:
    service: dict[str, Any] = aws.ecs.describe_services(cluster=name, services=[name])["services"][0]
    return service


@pytest.mark.parametrize("field", list(FIELDS))
def test_a_service_keeps_the_field_it_was_created_with(aws: Clients, field: str) -> None:
    name = make(aws, **{field: FIELDS[field]})
    assert read(aws, name)[field] == FIELDS[field]


def test_a_service_with_a_strategy_has_no_launch_type(aws: Clients) -> None:
    service = read(aws, make(aws, capacityProviderStrategy=STRATEGY))
    assert "launchType" not in service


def test_an_update_of_one_field_keeps_the_others(local_aws: Clients) -> None:
    name = make(local_aws, **FIELDS)
    local_aws.ecs.update_service(cluster=name, service=name, enableExecuteCommand=False)
    service = read(local_aws, name)
    assert not service["enableExecuteCommand"]
    assert service["deploymentConfiguration"] == DEPLOYMENT
    assert service["capacityProviderStrategy"] == STRATEGY


def test_the_deployment_follows_an_update(aws: Clients) -> None:
    first, second = register(aws), register(aws)
    name = make(aws, taskDefinition=first)
    aws.ecs.update_service(cluster=name, service=name, taskDefinition=second, desiredCount=3)
    deployment = read(aws, name)["deployments"][0]
    assert (deployment["taskDefinition"], deployment["desiredCount"]) == (second, 3)
