"""The ECS services of a cluster and the tasks that they want; reads ECS, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localaws.fargate.decision import Wanted

AT_ONCE = 10
"""Services that DescribeServices takes: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html"""


def wanted_services(ecs: Any, cluster: str) -> list[Wanted]:
    """Every service that is not deleted; one that is being deleted wants no task; none where there is no cluster (yet, or any more). Raises what
    boto3 raises."""
    pages = ecs.get_paginator("list_services").paginate(cluster=cluster)
    try:
        arns = [arn for page in pages for arn in page["serviceArns"]]
    except ecs.exceptions.ClusterNotFoundException:
        return []
    return [_wanted(service) for some in _portions(arns) for service in _describe(ecs, cluster, some)]


def _describe(ecs: Any, cluster: str, arns: list[str]) -> Iterator[dict[str, Any]]:
    for service in ecs.describe_services(cluster=cluster, services=arns)["services"]:
        if service["status"] != "INACTIVE":
            yield service


def _wanted(service: dict[str, Any]) -> Wanted:
    percents = service.get("deploymentConfiguration") or {}
    primary: dict[str, Any] = next((one for one in service.get("deployments") or () if one["status"] == "PRIMARY"), {})
    return Wanted(
        service=service["serviceName"],
        definition_arn=service["taskDefinition"],
        count=service["desiredCount"] if service["status"] == "ACTIVE" else 0,
        minimum_healthy_percent=percents.get("minimumHealthyPercent", 100),
        maximum_percent=percents.get("maximumPercent", 200),
        deployment=primary.get("id", "ecs-svc"),
        failed=primary.get("rolloutState") == "FAILED",
    )


def _portions(arns: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(arns), AT_ONCE):
        yield arns[first : first + AT_ONCE]
