"""The ECS service that this task belongs to, and how many tasks it should have. Blocks for one call.

The service's ARN is a setting: the task metadata endpoint of Fargate names cluster and task, and no service
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate-response.html).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobqueue.aws.answers import CallError
from jobqueue.foreign_text import first_line
from jobqueue.settings import SettingError, check_ranges, setting

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls

CALL_SECONDS = 5.0
"""Far above what the call takes; see `pause_watch` for what follows from it."""

_ARN = re.compile(r"arn:[a-z-]+:ecs:[a-z0-9-]+:\d{12}:service/([^/]+)/([^/]+)")
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
    """One service. Any thread."""

    def __init__(self, calls: Calls, arn: str) -> None:
        """`calls` go to the ECS of the service's Region, which is the task's; `arn` as `EcsSettings` accepts it."""
        found = _ARN.fullmatch(arn)
        assert found is not None
        self._calls = calls
        self._arn = arn
        self._cluster, self._name = found.groups()

    def desired_count(self) -> int:
        """How many tasks the service should have.

        Raises:
            ServiceError: ECS did not say, or not so that it can be understood.
        """
        try:
            answer = self._calls.call("DescribeServices", {"cluster": self._cluster, "services": [self._name]})
        except CallError as error:
            raise ServiceError(
                f"DescribeServices of {self._arn}: {error.code}: {first_line(error)} (check: ecs:DescribeServices on it in the task role; "
                "a route or a VPC endpoint, com.amazonaws.REGION.ecs, to the ECS API)"
            ) from None
        return self._read(answer)

    def _read(self, answer: dict[str, Any]) -> int:
        services = answer.get("services")
        for one in services if isinstance(services, list) else ():
            if isinstance(one, dict) and one.get("serviceArn") == self._arn:
                desired = one.get("desiredCount")
                if type(desired) is int and desired >= 0:
                    return desired
        raise ServiceError(f"DescribeServices of {self._arn} does not tell its desired count")
