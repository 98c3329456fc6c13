"""Task metadata endpoint, version 4, as on Fargate.

Paths and fields as documented, from the registered task definition: those that the collector's `ecs` resource detector reads.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate-response.html

It reads both paths; `{TaskId}` in a stream's name is the end of TaskARN.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping
from typing import Any

from localaws.log_forward.destination import log_destination

_RUNNING = {"KnownStatus": "RUNNING"}


def task_arn(cluster_arn: str, task_id: str) -> str:
    """The ARN of a task in its cluster."""
    return f"{cluster_arn.replace(':cluster/', ':task/', 1)}/{task_id}"


def docker_id(task_id: str, container: str) -> str:
    """Fargate's id of a container: the task's id and a number. Also the end of its metadata address."""
    return f"{task_id}-{zlib.crc32(container.encode()):010d}"


class Metadata:
    """The metadata of one task. Immutable."""

    def __init__(self, definition: Mapping[str, Any], cluster_arn: str, task_id: str) -> None:
        """`definition` is `taskDefinition` in the answer of `ecs.describe_task_definition`."""
        self._definition = definition
        self._cluster_arn = cluster_arn
        self._task_id = task_id
        self._task_arn = task_arn(cluster_arn, task_id)
        self._containers = [self._container(one) for one in definition["containerDefinitions"]]

    def find(self, path: str) -> dict[str, Any] | None:
        """The answer at `/v4/...`; None where the path is unknown, or the data is not known."""
        identity, _, rest = path.removeprefix("/v4/").rstrip("/").partition("/")
        container = next((one for one in self._containers if one["DockerId"] == identity), None)
        if container is None:
            return None
        return {"": container, "task": self._task()}.get(rest)

    def _task(self) -> dict[str, Any]:
        region = self._cluster_arn.split(":")[3]
        return {
            "Cluster": self._cluster_arn,
            "TaskARN": self._task_arn,
            "Family": self._definition["family"],
            "Revision": str(self._definition["revision"]),
            **_RUNNING,
            "AvailabilityZone": f"{region}a",
            "LaunchType": "FARGATE",
            "Containers": self._containers,
        }

    def _container(self, container: Mapping[str, Any]) -> dict[str, Any]:
        identity = docker_id(self._task_id, container["name"])
        tail = f"{self._cluster_arn.rpartition('/')[2]}/{self._task_id}/{uuid.uuid5(uuid.NAMESPACE_URL, identity)}"
        described: dict[str, Any] = {
            "DockerId": identity,
            "Name": container["name"],
            **_RUNNING,
            "Type": "NORMAL",
            "ContainerARN": f"{self._cluster_arn.partition(':cluster/')[0]}:container/{tail}",
        }
        configuration = container.get("logConfiguration") or {}
        if configuration.get("logDriver") == "awslogs":
            destination = log_destination(container["name"], configuration["options"], self._task_id)
            described["LogDriver"] = "awslogs"
            described["LogOptions"] = {
                "awslogs-group": destination.group,
                "awslogs-region": destination.region,
                "awslogs-stream": destination.stream,
            }
        return described
