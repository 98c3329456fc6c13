"""What AWS refuses is refused here too."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Clients


def register(aws: Clients, **container: Any) -> str:
    family = uuid.uuid4().hex
    containers = [{"name": "c", "image": "i", "memory": 128, **container}]
    return str(
        aws.ecs.register_task_definition(family=family, containerDefinitions=containers)["taskDefinition"][
            "taskDefinitionArn"
        ]
    )


def policy(characters: int) -> str:
    statement = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": "",
    }  # an ARN, of as many characters as are missing
    document = {"Version": "2012-10-17", "Statement": [statement]}
    statement["Resource"] = "arn:aws:sqs:us-east-1:123456789012:"
    statement["Resource"] += "x" * (characters - len("".join(json.dumps(document).split())))
    return json.dumps(document, indent=2)


def test_a_managed_policy_of_more_characters_than_its_quota_is_refused(aws: Clients) -> None:
    arn = aws.iam.create_policy(PolicyName=uuid.uuid4().hex, PolicyDocument=policy(6144))["Policy"]["Arn"]
    with pytest.raises(ClientError, match="LimitExceeded"):
        aws.iam.create_policy(PolicyName=uuid.uuid4().hex, PolicyDocument=policy(6145))
    with pytest.raises(ClientError, match="LimitExceeded"):
        aws.iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(6145))


def test_a_stop_timeout_that_fargate_does_not_take_is_refused(aws: Clients) -> None:
    for seconds in (2, 120):
        register(aws, stopTimeout=seconds)
    for seconds in (1, 121):
        with pytest.raises(ClientError, match="stopTimeout"):
            register(aws, stopTimeout=seconds)


def test_ecs_exec_with_a_read_only_root_is_refused(aws: Clients) -> None:
    cluster = uuid.uuid4().hex
    aws.ecs.create_cluster(clusterName=cluster)
    service = {"cluster": cluster, "serviceName": "s", "desiredCount": 0, "enableExecuteCommand": True}
    with pytest.raises(ClientError, match="readonlyRootFilesystem"):
        aws.ecs.create_service(taskDefinition=register(aws, readonlyRootFilesystem=True), **service)
    aws.ecs.create_service(taskDefinition=register(aws, readonlyRootFilesystem=False), **service)
