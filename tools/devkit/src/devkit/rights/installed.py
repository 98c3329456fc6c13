"""What the stack made and the services run on, read with boto3 from what its outputs name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.infra_check.inventory import NotAsSaid
from devkit.rights.needs import Place
from devkit.rights.starting import secret_arn

if TYPE_CHECKING:
    from jobctl.environment.target import Clients

SERVICES = {"main-job": "main_job", "background-job": "background_job"}
"""The container's name, which is the stack's word for the service, to the word in its outputs, which is the Python module."""
TASK_ID = "0" * 31 + "1"
"""The pretended task's: where ECS runs tasks it is 32 hexadecimal digits."""


@dataclass(frozen=True)
class Installed:
    """One service as it is registered. `environment`, `secrets` (names to ARNs) and `health_command` are its container's."""

    name: str
    module: str
    environment: Mapping[str, str]
    health_command: tuple[str, ...]
    role_arn: str
    execution_role_arn: str
    secrets: Mapping[str, str]
    containers: Sequence[Mapping[str, Any]]
    """All container definitions of its task, as ECS gives them back."""

    @property
    def role_name(self) -> str:
        """The task role's."""
        return self.role_arn.rpartition("/")[2]

    @property
    def execution_role_name(self) -> str:
        """The execution role's."""
        return self.execution_role_arn.rpartition("/")[2]


@dataclass(frozen=True)
class Queues:
    """The URLs of the stack's four queues."""

    triggers: str
    trigger_letters: str
    jobs: str
    job_letters: str

    def all(self) -> tuple[str, ...]:
        """Every one."""
        return (self.triggers, self.trigger_letters, self.jobs, self.job_letters)


def read_queues(outputs: Mapping[str, Any]) -> Queues:
    """As the stack's outputs name them."""
    return Queues(
        triggers=outputs["sqs_main_job_triggers_queue_url"],
        trigger_letters=outputs["sqs_main_job_triggers_dlq_url"],
        jobs=outputs["sqs_background_jobs_queue_url"],
        job_letters=outputs["sqs_background_jobs_dlq_url"],
    )


def read_services(outputs: Mapping[str, Any], clients: Clients) -> list[Installed]:
    """Each service from the task definition that its ECS service runs.

    Raises:
        NotAsSaid: a task definition has no container of the service's name.
    """
    ecs = clients("ecs")
    found = []
    for name, module in SERVICES.items():
        service_name = outputs[f"ecs_{module}_service_name"]
        (service,) = ecs.describe_services(cluster=outputs["ecs_cluster_name"], services=[service_name])["services"]
        definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        containers = definition["containerDefinitions"]
        for container in containers:
            if container["name"] == name:
                one = Installed(
                    name=name,
                    module=module,
                    environment={pair["name"]: pair["value"] for pair in container["environment"]},
                    health_command=tuple(container["healthCheck"]["command"]),
                    role_arn=definition["taskRoleArn"],
                    execution_role_arn=definition["executionRoleArn"],
                    secrets={pair["name"]: secret_arn(pair["valueFrom"]) for pair in container.get("secrets", ())},
                    containers=containers,
                )
                found.append(one)
                break
        else:
            raise NotAsSaid(f"{service['taskDefinition']} has no container {name}")
    return found


def read_place(outputs: Mapping[str, Any], clients: Clients) -> Place:
    """The ARNs that calls are about."""
    (cluster,) = clients("ecs").describe_clusters(clusters=[outputs["ecs_cluster_name"]])["clusters"]
    _, _, _, region, account, _ = cluster["clusterArn"].split(":", 5)
    keys = {}
    for url in read_queues(outputs).all():
        attributes = clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        if key := attributes.get("KmsMasterKeyId"):
            keys[attributes["QueueArn"]] = key
    return Place(region, account, keys, cluster["clusterArn"], TASK_ID)
