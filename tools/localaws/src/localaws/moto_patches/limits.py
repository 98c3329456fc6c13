"""Limits that AWS keeps and moto does not: a managed policy's size, a container's stop timeout, ECS Exec with a read-only root."""

from __future__ import annotations

from typing import Any

from moto.ecs.exceptions import EcsClientException, InvalidParameterException
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.exceptions import LimitExceededException
from moto.iam.responses import IamResponse

from localaws.moto_patches.patching import wrap

POLICY_CHARACTERS = 6144
"""White space does not count: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
STOP_SECONDS = range(2, 121)
"""On Fargate: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html, stopTimeout"""


def patch() -> None:
    """Refuses what AWS refuses."""
    for operation in ("create_policy", "create_policy_version"):
        wrap(IamResponse, operation, _policy)
    wrap(EC2ContainerServiceResponse, "register_task_definition", _task_definition)
    for operation in ("create_service", "update_service"):
        wrap(EC2ContainerServiceResponse, operation, _service)


def _policy(old: Any, responses: Any) -> Any:
    document = responses._get_param("PolicyDocument")  # noqa: SLF001 (how every operation reads its parameters)
    if len("".join(document.split())) > POLICY_CHARACTERS:
        raise LimitExceededException(f"Cannot exceed quota for PolicySize: {POLICY_CHARACTERS}")
    return old(responses)


def _task_definition(old: Any, responses: Any) -> Any:
    for container in responses._get_param("containerDefinitions") or ():  # noqa: SLF001
        if (seconds := container.get("stopTimeout")) is not None and seconds not in STOP_SECONDS:
            raise EcsClientException(f"Invalid stopTimeout {seconds}: it must be between 2 and 120 seconds.")
    return old(responses)


def _service(old: Any, responses: Any) -> Any:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html, considerations: readonlyRootFilesystem is not supported
    named = responses._get_param("taskDefinition")  # noqa: SLF001
    if named and responses._get_param("enableExecuteCommand"):  # noqa: SLF001
        definition = responses.ecs_backend.describe_task_definition(named)
        if any(one.get("readonlyRootFilesystem") for one in definition.container_definitions):
            raise InvalidParameterException("ECS Exec does not support readonlyRootFilesystem.")
    return old(responses)
