"""ECS services as DescribeServices describes them, with their counts of tasks, task definition and events."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from jobctl.errors import NotFoundError

AT_ONCE = 10
"""Services that DescribeServices takes: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html"""


def describe_services(ecs: Any, cluster: str, names: Collection[str]) -> dict[str, dict[str, Any]]:
    """The services by name; those that ECS does not know (any more) are left out. Raises ClientError: no permission."""
    wanted = sorted(set(names))
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        answer = ecs.describe_services(cluster=cluster, services=wanted[start : start + AT_ONCE])
        found |= {one["serviceName"]: one for one in answer["services"] if one["status"] == "ACTIVE"}
    return found


def describe_service(ecs: Any, cluster: str, name: str) -> dict[str, Any]:
    """One service. Raises NotFoundError: there is no such service."""
    found = describe_services(ecs, cluster, [name])
    if name not in found:
        raise NotFoundError(f"No ECS service {name} in the cluster {cluster}.", "see `nox -s drift`")
    return found[name]
