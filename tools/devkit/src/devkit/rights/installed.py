"""What the stack made and the services run on, read from what its outputs name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.errors import MismatchError
from devkit.rights.needs import Account, secret_arn

if TYPE_CHECKING:
    from jobctl.environment.target import Clients

PROVEN = {"main-job": "main_job", "background-job": "background_job"}
"""Of each service whose rights a run proves, those that the project comes with, its Python module; the stack's outputs have the same word."""

TASK_ID = "0" * 31 + "1"
"""The pretended task's: where ECS runs tasks it is 32 hexadecimal digits."""


@dataclass(frozen=True)
class Installed:
    """One service as it is registered. `environment` and `secrets` (names to ARNs) are its container's."""

    name: str
    module: str
    environment: Mapping[str, str]
    role_arn: str
    execution_role_arn: str
    secrets: Mapping[str, str]
    containers: Sequence[Mapping[str, Any]]
    """All container definitions of its task, as ECS gives them back."""


def queue_urls(outputs: Mapping[str, Any]) -> list[str]:
    """The triggers' queue, its dead letters, the jobs' queue, its dead letters."""
    names = ("main_job_triggers", "background_jobs")
    return [outputs[f"sqs_{name}_{kind}_url"] for name in names for kind in ("queue", "dlq")]


def read_services(outputs: Mapping[str, Any], clients: Clients) -> list[Installed]:
    """Each service from the task definition that its ECS service runs.

    Raises:
        MismatchError: a task definition has no container of the service's name.
    """
    ecs = clients("ecs")
    found = []
    for name, module in PROVEN.items():
        service_name = outputs[f"ecs_{module}_service_name"]
        (service,) = ecs.describe_services(cluster=outputs["ecs_cluster_name"], services=[service_name])["services"]
        definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        containers = {one["name"]: one for one in definition["containerDefinitions"]}
        if name not in containers:
            raise MismatchError(f"{service['taskDefinition']} has no container {name}")
        one = Installed(
            name=name,
            module=module,
            environment={pair["name"]: pair["value"] for pair in containers[name]["environment"]},
            role_arn=definition["taskRoleArn"],
            execution_role_arn=definition["executionRoleArn"],
            secrets={pair["name"]: secret_arn(pair["valueFrom"]) for pair in containers[name].get("secrets", ())},
            containers=list(containers.values()),
        )
        found.append(one)
    return found


def read_account(outputs: Mapping[str, Any], clients: Clients) -> Account:
    """Where calls go, and the ARNs that no output names."""
    (cluster,) = clients("ecs").describe_clusters(clusters=[outputs["ecs_cluster_name"]])["clusters"]
    _, _, _, region, number, _ = cluster["clusterArn"].split(":", 5)
    keys = {}
    for url in queue_urls(outputs):
        attributes = clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        if key := attributes.get("KmsMasterKeyId"):
            keys[attributes["QueueArn"]] = key
    tables = clients("dynamodb").get_paginator("list_tables").paginate()
    for name in [name for page in tables for name in page["TableNames"]]:
        table = clients("dynamodb").describe_table(TableName=name)["Table"]
        if key := table.get("SSEDescription", {}).get("KMSMasterKeyArn"):
            keys[table["TableArn"]] = key
    pages = clients("application-autoscaling").get_paginator("describe_scalable_targets")
    scalable = [one for page in pages.paginate(ServiceNamespace="ecs") for one in page["ScalableTargets"]]
    targets = {one["ResourceId"]: one["ScalableTargetARN"] for one in scalable}
    return Account(region, number, keys, cluster["clusterArn"], TASK_ID, targets)
