"""Rights that ECS needs to start a task, from the task's definition.

They are taken from the documentation, since ECS's own calls cannot be recorded.
"Amazon ECS task execution IAM role": pulling from ECR, the awslogs driver, secrets; a key where a secret has one of its owner's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from devkit.rights.needs import Need, Place

if TYPE_CHECKING:
    from devkit.rights.installed import Installed
    from jobctl.environment.target import Clients

_PULL = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
_WRITE = ("CreateLogStream", "PutLogEvents")
SECRET_ARN_PARTS = 7
"""A secret's ARN; after it may come JSON key, version stage and version id, which are no part of it."""


def starting_needs(service: Installed, clients: Clients, place: Place) -> set[Need]:
    """What the execution role of the service needs.

    Raises:
        botocore.exceptions.ClientError: a secret is not there.
    """
    needs = {Need("ecr:GetAuthorizationToken", "*")}
    for container in service.containers:
        needs |= {*_pull(container["image"]), *_write(container, place)}
        for secret in container.get("secrets", ()):
            needs |= set(_read(secret["valueFrom"], clients))
    return needs


def secret_arn(value_from: str) -> str:
    """The ARN in a container's `valueFrom`."""
    return ":".join(value_from.split(":")[:SECRET_ARN_PARTS])


def _pull(image: str) -> Iterator[Need]:
    registry, _, repository = image.partition("/")
    account, _, _, region, *_ = registry.split(".")
    arn = f"arn:aws:ecr:{region}:{account}:repository/{repository.partition('@')[0]}"
    yield from (Need(f"ecr:{action}", arn) for action in _PULL)


def _write(container: Any, place: Place) -> Iterator[Need]:
    """The stream is PREFIX/CONTAINER/TASK ("Send Amazon ECS logs to CloudWatch", awslogs-stream-prefix)."""
    options = container["logConfiguration"]["options"]
    stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{place.task_id}"
    group = f"arn:aws:logs:{options['awslogs-region']}:{place.account}:log-group:{options['awslogs-group']}"
    yield from (Need(f"logs:{action}", f"{group}:log-stream:{stream}") for action in _WRITE)


def _read(value_from: str, clients: Clients) -> Iterator[Need]:
    arn = secret_arn(value_from)
    _, _, kept_by, region, _, *_ = arn.split(":")
    if kept_by == "ssm":
        yield Need("ssm:GetParameters", arn)
        name = arn.partition(":parameter")[2]
        wanted = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
        (found,) = clients("ssm").describe_parameters(ParameterFilters=wanted)["Parameters"]
        key = found.get("KeyId")
    else:
        yield Need("secretsmanager:GetSecretValue", arn)
        key = clients("secretsmanager").describe_secret(SecretId=arn).get("KmsKeyId")
    if key and "alias/aws/" not in key:  # AWS's own keys ask for no right of the reader's
        yield Need("kms:Decrypt", key, (("kms:ViaService", f"{kept_by}.{region}.amazonaws.com"),))
