"""Tasks of ECS services, as a scheduler outside moto reports them.

In moto no service has tasks: ListTasks takes no service, DescribeTasks has no exit codes, StopTask stops nothing. Here `localaws.fargate.reporter`
puts all tasks of a cluster to the address /moto-api/ecs/running-tasks; each report replaces the one before, so a task that is missing in it is
dropped. The answer to a report names the tasks to stop, `{"stop": {task id: reason}}`, and repeats it until they do. Tasks that moto made itself
(RunTask) are listed and described as before.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.models import ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_api._internal.urls import url_paths

from localaws.moto_patches import ecs_deployments
from localaws.moto_patches.ecs_deployments import LOCK, as_time
from localaws.moto_patches.patching import state, wrap
from localaws.moto_patches.rollout import SeenTask

ADDRESS = "/moto-api/ecs/running-tasks"
_TIMES = ("createdAt", "startedAt", "stoppingAt", "stoppedAt")


def patch() -> None:
    """Takes reports, and answers ListTasks, DescribeTasks and StopTask from them."""
    url_paths[f"{{0}}{ADDRESS}$"] = _report
    wrap(EC2ContainerServiceResponse, "list_tasks", _list_tasks)
    wrap(EC2ContainerServiceResponse, "describe_tasks", _describe_tasks)
    wrap(EC2ContainerServiceResponse, "stop_task", _stop_task)


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


def _list_tasks(old: Any, responses: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html"""
    ask = responses._get_param  # noqa: SLF001 (how every operation reads its parameters)
    # Who runs a task wants RUNNING, unless asked for another: so a task that stops is listed only with STOPPED.
    service, family, status = ask("serviceName"), ask("family"), ask("desiredStatus") or "RUNNING"
    found = [
        task["taskArn"]
        for task in _of(responses, ask("cluster", "default"))
        if task["desiredStatus"] == status
        and (service is None or task["group"] == f"service:{service.rpartition('/')[2]}")
        and (family is None or task["taskDefinitionArn"].rpartition("/")[2].rpartition(":")[0] == family)
        and ask("startedBy") in (None, task["startedBy"])
    ]
    made = [] if service else old(responses).result["taskArns"]
    return ActionResult({"taskArns": [*found, *made]})


def _describe_tasks(old: Any, responses: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html"""
    wanted = responses._get_param("tasks", [])  # noqa: SLF001
    known = {
        task["taskArn"].rpartition("/")[2]: task
        for task in _of(responses, responses._get_param("cluster", "default"))  # noqa: SLF001
    }
    ids = [arn.rpartition("/")[2] for arn in wanted]
    found = [known[task_id] for task_id in ids if task_id in known]
    made = old(responses).result["tasks"] if not wanted or len(found) < len(ids) else []
    missing = set(ids) - set(known) - {task.id for task in made}
    failures = [{"arn": arn, "reason": "MISSING"} for arn in wanted if arn.rpartition("/")[2] in missing]
    return ActionResult({"tasks": [*found, *made], "failures": failures})


def _stop_task(old: Any, responses: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html"""
    ask = responses._get_param  # noqa: SLF001
    cluster, task_id = ask("cluster", "default").rpartition("/")[2], ask("task").rpartition("/")[2]
    for task in _of(responses, cluster):
        if task["taskArn"].rpartition("/")[2] == task_id:
            with LOCK:
                stops = state(responses.ecs_backend, "stop_requests")
                stops.setdefault(cluster, {})[task_id] = ask("reason") or "Task stopped by user"
            return ActionResult({"task": task})
    made: ActionResult = old(responses)
    return made


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
