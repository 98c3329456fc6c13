"""The ECS service that this task belongs to, and how many tasks it should have. Blocks for one call.

The service's ARN is a setting: the task metadata endpoint of Fargate names cluster and task, and no service
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate-response.html).

boto3 is loaded already when this is used; its ECS client costs 60 ms of CPU and 12 MB, once, in a task that is protected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from jobqueue.foreign_text import first_line
from jobqueue.settings import SettingError, check_ranges, setting

CONNECT_SECONDS = 2
READ_SECONDS = 3
"""Far above what the call takes; see `pause_watch` for what follows from the sum."""

_ARN = re.compile(r"arn:[a-z-]+:ecs:([a-z0-9-]+):\d{12}:service/([^/]+)/([^/]+)")
"""With the cluster's name, as new ARNs have it ("Amazon Resource Names (ARNs) and IDs" in the ECS Developer Guide)."""


@dataclass(frozen=True, slots=True)
class EcsSettings:
    """What Terraform sets for a task about itself."""

    ecs_service_arn: str | None = setting("the ECS service's ARN; a protected task asks whether it is paused", None)

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.ecs_service_arn and not _ARN.fullmatch(self.ecs_service_arn):
            raise SettingError(
                f"ECS_SERVICE_ARN={self.ecs_service_arn!r} is not arn:PARTITION:ecs:REGION:ACCOUNT:service/CLUSTER/NAME"
            )


class ServiceError(Exception):
    """The desired count could not be read. The text says what to check. Try again later."""


class EcsService:
    """One service. Used by one thread, which makes the client too, at its first call."""

    def __init__(self, arn: str) -> None:
        """`arn` as `EcsSettings` accepts it."""
        found = _ARN.fullmatch(arn)
        assert found is not None
        self._arn = arn
        self._region, self._cluster, self._name = found.groups()
        self._client: Any = None

    def desired_count(self) -> int:
        """How many tasks the service should have.

        Raises:
            ServiceError: ECS did not say, or not so that it can be understood.
        """
        try:
            if self._client is None:
                self._client = self._made()
            answer = self._client.describe_services(cluster=self._cluster, services=[self._name])
        except Exception as error:  # noqa: BLE001 (an answer that is not ECS's makes botocore's parser raise anything)
            raise ServiceError(
                f"DescribeServices of {self._arn}: {first_line(error)} (check: ecs:DescribeServices on it in the task role; "
                "a route or a VPC endpoint, com.amazonaws.REGION.ecs, to the ECS API)"
            ) from None
        return self._read(answer)

    def _made(self) -> Any:
        # A session of its own: the process's belongs to another thread.
        from boto3.session import Session
        from botocore.config import Config

        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=1,
            retries={"total_max_attempts": 1, "mode": "standard"},
            parameter_validation=False,
        )
        return Session().client("ecs", region_name=self._region, config=config)

    def _read(self, answer: Any) -> int:
        services = answer.get("services") if isinstance(answer, dict) else None
        for one in services if isinstance(services, list) else ():
            if isinstance(one, dict) and one.get("serviceArn") == self._arn:
                desired = one.get("desiredCount")
                if type(desired) is int and desired >= 0:
                    return desired
        raise ServiceError(f"DescribeServices of {self._arn} does not tell its desired count")
