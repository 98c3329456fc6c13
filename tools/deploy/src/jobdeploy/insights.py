"""The log group of Container Insights, which AWS may write again, minutes after it was deleted with its cluster."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobdeploy.target import DeployTarget


def adoption(target: DeployTarget) -> dict[str, Any]:
    """The stack's value that takes the group over where it exists; it is of no effect where the state has it already.

    Raises:
        botocore.exceptions.ClientError: no permission.
    """
    found = target.clients("logs").describe_log_groups(logGroupNamePrefix=_group(target))["logGroups"]
    return {"adopt_insights_log_group": True} if found else {}


def delete_insights(target: DeployTarget) -> None:
    """Delete the group once more. Raises botocore.exceptions.ClientError: no permission."""
    logs = target.clients("logs")
    with suppress(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_group(logGroupName=_group(target))


def _group(target: DeployTarget) -> str:
    return f"/aws/ecs/containerinsights/{target.name}-cluster/performance"
