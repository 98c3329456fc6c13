"""Tasks of ECS services, as a scheduler outside moto reports them.

In moto no service has tasks: ListTasks takes no service, DescribeTasks has no exit codes, StopTask stops nothing. Here `localaws.fargate.reporter`
puts all tasks of a cluster to the address /moto-api/ecs/running-tasks; each report replaces the one before, so a task that is missing in it is
dropped. The answer to a report names the tasks to stop, `{"stop": {task id: reason}}`, and repeats it until they do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_api._internal.urls import url_paths

from localaws.moto_patches import ecs_deployments
from localaws.moto_patches.ecs_deployments import LOCK, as_time
from localaws.moto_patches.patching import add_operations, state
from localaws.moto_patches.rollout import SeenTask

ADDRESS = "/moto-api/ecs/running-tasks"
_TIMES = ("createdAt", "startedAt", "stoppingAt", "stoppedAt")


def patch() -> None:
    """Takes reports, and answers ListTasks, DescribeTasks and StopTask from them."""
    url_paths[f"{{0}}{ADDRESS}$"] = _report
    add_operations(EC2ContainerServiceResponse, list_tasks, describe_tasks, stop_task)


def _report(request: Any, full_url: str, headers: Any) -> tuple[int, dict[str, str], str]:
    """Takes a report: `{"cluster": ARN, "tasks": [a Task of the API, with `taskId`, `serviceName` and `steady` added]}`."""
    report = json.loads(request.data)
    _, _, _, region, account, name = report["cluster"].split(":", 5)
    backend = ecs_backends[account][region]
    cluster = name.partition("/")[2]
    with LOCK:
        if cluster not in backend.clusters:
            return 404, {}, json.dumps({"Error": f"There is no cluster {cluster}"})
        _reported(backend)[cluster] = [_task(report["cluster"], task) for task in report["tasks"]]
        for service in list(backend.services.values()):
            if service.cluster_name == cluster:
                own = [_seen(task) for task in report["tasks"] if task["serviceName"] == service.name]
                ecs_deployments.observe(backend, service, own)
        running = {one["taskId"] for one in report["tasks"] if one["desiredStatus"] == "RUNNING"}
        stops = state(backend, "stop_requests")
        stops[cluster] = {task: why for task, why in stops.get(cluster, {}).items() if task in running}
        return 200, {}, json.dumps({"stop": stops[cluster]})


def list_tasks(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html"""
    ask = self._get_param
    # Who runs a task wants RUNNING, unless asked for another: so a task that stops is listed only with STOPPED.
    service, family, status = ask("serviceName"), ask("family"), ask("desiredStatus") or "RUNNING"
    found = [
        task["taskArn"]
        for task in _of(self, ask("cluster", "default"))
        if task["desiredStatus"] == status
        and (service is None or task["group"] == f"service:{service.rpartition('/')[2]}")
        and (family is None or task["taskDefinitionArn"].rpartition("/")[2].rpartition(":")[0] == family)
        and ask("startedBy") in (None, task["startedBy"])
    ]
    return ActionResult({"taskArns": found})


def describe_tasks(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html"""
    known = {task["taskArn"].rpartition("/")[2]: task for task in _of(self, self._get_param("cluster", "default"))}
    wanted = {arn: known.get(arn.rpartition("/")[2]) for arn in self._get_param("tasks", [])}
    return ActionResult(
        {
            "tasks": [task for task in wanted.values() if task],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn, task in wanted.items() if not task],
        }
    )


def stop_task(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html"""
    ask = self._get_param
    cluster, task_id = ask("cluster", "default").rpartition("/")[2], ask("task").rpartition("/")[2]
    for task in _of(self, cluster):
        if task["taskArn"].rpartition("/")[2] == task_id:
            with LOCK:
                stops = state(self.ecs_backend, "stop_requests")
                stops.setdefault(cluster, {})[task_id] = ask("reason") or "Task stopped by user"
            return ActionResult({"task": task})
    raise InvalidParameterException("The referenced task was not found.")


def _of(responses: Any, cluster: str) -> Sequence[dict[str, Any]]:
    with LOCK:
        found: Sequence[dict[str, Any]] = _reported(responses.ecs_backend).get(cluster.rpartition("/")[2], ())
        return found


def _reported(backend: Any) -> dict[str, list[dict[str, Any]]]:
    return state(backend, "reported_tasks")


def _task(cluster_arn: str, said: dict[str, Any]) -> dict[str, Any]:
    """A reported task as the API describes it."""
    arn = f"{cluster_arn.replace(':cluster/', ':task/')}/{said['taskId']}"
    times = {name: as_time(said[name]) for name in _TIMES if said.get(name) is not None}
    containers = [{**one, "taskArn": arn} for one in said["containers"]]
    rest = {name: value for name, value in said.items() if name not in (*_TIMES, "taskId", "serviceName", "steady")}
    return {
        **rest,
        **times,
        "taskArn": arn,
        "clusterArn": cluster_arn,
        "group": f"service:{said['serviceName']}",
        "launchType": "FARGATE",
        "containers": containers,
    }


def _seen(said: dict[str, Any]) -> SeenTask:
    return SeenTask(
        task_id=said["taskId"],
        deployment=said["startedBy"],
        last_status=said["lastStatus"],
        desired_status=said["desiredStatus"],
        steady=said["steady"],
        stop_code=said.get("stopCode"),
        stopped_reason=said.get("stoppedReason"),
    )
