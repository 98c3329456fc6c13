"""The rights that ECS needs to start a task of a given definition."""

from __future__ import annotations

from typing import Any

from devkit.rights.installed import Installed
from devkit.rights.needs import Need, Place
from devkit.rights.starting import starting_needs

PLACE = Place("us-east-1", "123456789012", {}, "arn:aws:ecs:us-east-1:123456789012:cluster/c", "7")
KEY = "arn:aws:kms:us-east-1:123456789012:key/9"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:p/database-a1B2c3"
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter/p/token"
CONTAINER = {
    "name": "worker",
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/worker@sha256:00",
    "logConfiguration": {
        "options": {"awslogs-group": "/ecs/p", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "job"}
    },
}


class _Keeper:
    """Stands in for the clients of Secrets Manager and SSM, as far as keys go."""

    def __init__(self, key: str | None) -> None:
        self._key = key

    def describe_secret(self, **_: Any) -> dict[str, Any]:
        return {"KmsKeyId": self._key} if self._key else {}

    def describe_parameters(self, **_: Any) -> dict[str, Any]:
        return {"Parameters": [{"KeyId": self._key or "alias/aws/ssm"}]}


def needs(container: dict[str, Any], key: str | None = None) -> set[Need]:
    service = Installed("worker", "worker", {}, (), "task", "execution", {}, [container])
    return starting_needs(service, lambda _: _Keeper(key), PLACE)


def test_images_are_pulled_and_output_is_written_to_the_tasks_own_stream() -> None:
    repository = "arn:aws:ecr:us-east-1:123456789012:repository/p/worker"
    stream = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p:log-stream:job/worker/7"
    assert needs(CONTAINER) == {
        Need("ecr:GetAuthorizationToken", "*"),
        Need("ecr:BatchCheckLayerAvailability", repository),
        Need("ecr:BatchGetImage", repository),
        Need("ecr:GetDownloadUrlForLayer", repository),
        Need("logs:CreateLogStream", stream),
        Need("logs:PutLogEvents", stream),
    }


def test_a_secret_is_needed_whole_and_its_key_only_where_it_is_a_customers() -> None:
    secrets = [{"name": "A", "valueFrom": f"{SECRET}:password::"}, {"name": "B", "valueFrom": PARAMETER}]
    more = needs({**CONTAINER, "secrets": secrets}) - needs(CONTAINER)
    assert more == {Need("secretsmanager:GetSecretValue", SECRET), Need("ssm:GetParameters", PARAMETER)}
    with_key = needs({**CONTAINER, "secrets": secrets}, KEY) - needs(CONTAINER) - more
    assert with_key == {
        Need("kms:Decrypt", KEY, (("kms:ViaService", f"{service}.us-east-1.amazonaws.com"),))
        for service in ("secretsmanager", "ssm")
    }
