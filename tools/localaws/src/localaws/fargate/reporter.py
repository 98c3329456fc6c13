"""Reports to the local AWS which tasks run, each time all of them; called by the scheduler's thread only.

ECS knows its tasks since it runs them; the local AWS knows only these reports. A service's counts, events, deployments and circuit breaker follow
from them: see `localaws.moto_patches.ecs_tasks`, which serves this address. Words are the API's:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

from localaws.fargate.view import ContainerView, State, TaskView

ADDRESS = "/moto-api/ecs/running-tasks"
SECONDS = 30.0
STEADY_SECONDS = 10.0
"""A task without a health check that ran for so long has started well."""


class Reporter:
    """Reporter of one cluster. `ecs` is a boto3 client of the local AWS."""

    def __init__(self, ecs: Any, cluster: str) -> None:
        self._ecs = ecs
        self._cluster = cluster
        self._arn = ""
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def report(self, tasks: Sequence[TaskView]) -> Mapping[str, str]:
        """Report all tasks, recently ended ones too; returns those that are to be stopped (StopTask), by id, with the reason.

        Raises:
            Exception: what boto3 and urllib raise; the next report says the same again.
        """
        if not self._arn:
            found = self._ecs.describe_clusters(clusters=[self._cluster])["clusters"]
            if not found:
                return {}  # it is not made yet: nothing runs in it
            self._arn = found[0]["clusterArn"]
        now = time.time()
        body = {"cluster": self._arn, "tasks": [reported(task, now) for task in tasks]}
        request = urllib.request.Request(  # noqa: S310 (the client's own address)
            self._ecs.meta.endpoint_url + ADDRESS, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with self._opener.open(request, timeout=SECONDS) as answer:
            stops: Mapping[str, str] = json.load(answer)["stop"]
        return stops


def reported(task: TaskView, now: float) -> dict[str, Any]:
    """A task as the API describes it, with `taskId`, `serviceName` and `steady` beside. `now` is seconds since 1970."""
    said = {
        "taskId": task.task_id,
        "serviceName": task.service,
        "startedBy": task.deployment,
        "taskDefinitionArn": task.definition_arn,
        "lastStatus": task.state.value,
        "desiredStatus": State.RUNNING.value if task.why is None else State.STOPPED.value,
        "healthStatus": task.health.value,
        "createdAt": task.created_at,
        "startedAt": task.started_at,
        "stoppedAt": task.stopped_at,
        "stopCode": task.why.code.value if task.why else None,
        "stoppedReason": task.why.reason if task.why else None,
        "containers": [_container(one) for one in task.containers],
        "steady": is_steady(task, now),
    }
    return {name: value for name, value in said.items() if value is not None}


def is_steady(task: TaskView, now: float) -> bool:
    """Whether the task has worked long enough to count as steady."""
    if task.why is not None or not task.ready:
        return False
    return task.has_health_check or now - (task.started_at or now) > STEADY_SECONDS


def _container(container: ContainerView) -> dict[str, Any]:
    said = {
        "name": container.name,
        "image": container.image,
        "imageDigest": container.image.partition("@")[2] or None,
        "lastStatus": container.state.value,
        "healthStatus": container.health.value,
        "runtimeId": container.container_id,
        "exitCode": container.exit_code,
        "reason": container.reason,
    }
    return {name: value for name, value in said.items() if value is not None}
