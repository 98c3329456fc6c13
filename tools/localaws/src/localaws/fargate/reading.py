"""Reads a task definition as ECS describes it, and refuses fields that a local run would lose.

Three kinds: fields that are read, fields that do not affect what runs, and all others, which must be empty. So a field that somebody adds to
Terraform, or that AWS adds to ECS, stops the local run by name instead of being lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast, get_args

from localaws.fargate.definition import (
    Condition,
    Container,
    Dependency,
    HealthCheck,
    LogConfiguration,
    RestartPolicy,
    TaskDefinition,
    Tmpfs,
    Ulimit,
)

HOLDER = "pause"
"""Name of the container that holds the network namespace; no container of a definition may have it."""

_TASK_READ = "taskDefinitionArn family revision cpu memory containerDefinitions taskRoleArn executionRoleArn networkMode runtimePlatform"
_TASK_SILENT = "status compatibilities requiresCompatibilities requiresAttributes registeredAt registeredBy deregisteredAt deleteRequestedAt"
_CONTAINER_READ = (
    "name image essential cpu memory memoryReservation entryPoint command workingDirectory user environment secrets readonlyRootFilesystem "
    "linuxParameters ulimits healthCheck dependsOn stopTimeout restartPolicy logConfiguration dockerLabels pseudoTerminal interactive"
)
# With awsvpc a port mapping publishes nothing: whoever listens is reached at the task's own address. A tag is resolved to a digest, or not.
_CONTAINER_SILENT = "portMappings versionConsistency"
_HEALTH_COMMANDS = ("CMD", "CMD-SHELL")

Said = Mapping[str, Any]


class NotRunnable(Exception):  # noqa: N818 (says what is the matter)
    """The definition holds something that a local task would not keep. The text names it."""


def read_definition(said: Said) -> TaskDefinition:
    """Read the `taskDefinition` of an answer to DescribeTaskDefinition.

    Raises:
        NotRunnable: it has a field whose meaning would be lost, or is not for Fargate.
    """
    where = f"task definition {said['family']}:{said['revision']}"
    _only(said, where, _TASK_READ, _TASK_SILENT)
    platform = said.get("runtimePlatform") or {}
    _only(platform, f"{where}, runtimePlatform", "operatingSystemFamily cpuArchitecture")
    _same(said.get("networkMode"), "awsvpc", f"{where}: networkMode")
    _same(platform.get("operatingSystemFamily", "LINUX"), "LINUX", f"{where}: operatingSystemFamily")
    if "FARGATE" not in (said.get("requiresCompatibilities") or []):
        raise NotRunnable(f"{where}: requiresCompatibilities has no FARGATE")
    containers = tuple(_container(one, where) for one in said["containerDefinitions"])
    _check_names(containers, where)
    return TaskDefinition(
        arn=said["taskDefinitionArn"],
        family=said["family"],
        revision=said["revision"],
        cpu=int(said["cpu"]),
        memory=int(said["memory"]),
        containers=containers,
        task_role=said.get("taskRoleArn"),
        execution_role=said.get("executionRoleArn"),
        architecture=platform.get("cpuArchitecture", "X86_64"),
    )


def _container(said: Said, task: str) -> Container:
    where = f"{task}, container {said['name']}"
    _only(said, where, _CONTAINER_READ, _CONTAINER_SILENT)
    linux = said.get("linuxParameters") or {}
    _only(linux, f"{where}, linuxParameters", "capabilities initProcessEnabled tmpfs")
    capabilities = linux.get("capabilities") or {}
    _only(capabilities, f"{where}, capabilities", "add drop")
    return Container(
        name=said["name"],
        image=said["image"],
        essential=said.get("essential", True),
        cpu=said.get("cpu") or 0,
        memory=said.get("memory"),
        memory_reservation=said.get("memoryReservation"),
        entry_point=tuple(said.get("entryPoint") or ()),
        command=tuple(said.get("command") or ()),
        working_directory=said.get("workingDirectory"),
        user=said.get("user"),
        environment=_pairs(said.get("environment"), f"{where}, environment", "value"),
        secrets=_pairs(said.get("secrets"), f"{where}, secrets", "valueFrom"),
        read_only=bool(said.get("readonlyRootFilesystem")),
        init=bool(linux.get("initProcessEnabled")),
        added_capabilities=tuple(capabilities.get("add") or ()),
        dropped_capabilities=tuple(capabilities.get("drop") or ()),
        tmpfs=tuple(_tmpfs(one, where) for one in linux.get("tmpfs") or ()),
        ulimits=tuple(_ulimit(one, where) for one in said.get("ulimits") or ()),
        health_check=_health_check(said.get("healthCheck"), where),
        depends_on=tuple(_dependency(one, where) for one in said.get("dependsOn") or ()),
        stop_timeout=30 if said.get("stopTimeout") is None else said["stopTimeout"],
        restart_policy=_restart_policy(said.get("restartPolicy"), where),
        logs=_logs(said.get("logConfiguration"), where),
        labels=dict(said.get("dockerLabels") or {}),
        terminal=bool(said.get("pseudoTerminal")),
        interactive=bool(said.get("interactive")),
    )


def _health_check(said: Said | None, where: str) -> HealthCheck | None:
    if not said:
        return None
    _only(said, f"{where}, healthCheck", "command interval timeout retries startPeriod")
    command = tuple(said["command"])
    if command[0] == "NONE":
        return None
    if command[0] not in _HEALTH_COMMANDS or len(command) == 1:
        raise NotRunnable(f"{where}: healthCheck command {list(command)} starts with neither CMD nor CMD-SHELL")
    times = {"interval": "interval", "timeout": "timeout", "retries": "retries", "start_period": "startPeriod"}
    return HealthCheck(
        command, **{ours: said[theirs] for ours, theirs in times.items() if said.get(theirs) is not None}
    )


def _restart_policy(said: Said | None, where: str) -> RestartPolicy | None:
    if not said:
        return None
    _only(said, f"{where}, restartPolicy", "enabled ignoredExitCodes restartAttemptPeriod")
    ignored = tuple(said.get("ignoredExitCodes") or ())
    period = said.get("restartAttemptPeriod")
    return RestartPolicy(300 if period is None else period, ignored) if said["enabled"] else None


def _logs(said: Said | None, where: str) -> LogConfiguration | None:
    if not said:
        return None
    _only(said, f"{where}, logConfiguration", "logDriver options")
    _same(said["logDriver"], "awslogs", f"{where}: logDriver")
    return LogConfiguration(said["logDriver"], dict(said.get("options") or {}))


def _dependency(said: Said, where: str) -> Dependency:
    _only(said, f"{where}, dependsOn", "containerName condition")
    if said["condition"] not in get_args(Condition):
        raise NotRunnable(f"{where}: dependsOn has a condition {said['condition']}")
    return Dependency(said["containerName"], cast("Condition", said["condition"]))


def _tmpfs(said: Said, where: str) -> Tmpfs:
    _only(said, f"{where}, tmpfs", "containerPath size mountOptions")
    return Tmpfs(said["containerPath"], said["size"], tuple(said.get("mountOptions") or ()))


def _ulimit(said: Said, where: str) -> Ulimit:
    _only(said, f"{where}, ulimits", "name softLimit hardLimit")
    return Ulimit(said["name"], said["softLimit"], said["hardLimit"])


def _pairs(said: Iterable[Said] | None, where: str, value: str) -> dict[str, str]:
    pairs = {}
    for one in said or ():
        _only(one, where, f"name {value}")
        pairs[one["name"]] = one[value]
    return pairs


def _check_names(containers: tuple[Container, ...], where: str) -> None:
    names = {container.name for container in containers}
    if HOLDER in names:
        raise NotRunnable(f"{where}: a container is named {HOLDER}, as the one that holds the network namespace is")
    if not any(container.essential for container in containers):
        raise NotRunnable(f"{where}: no container is essential")
    for container in containers:
        for dependency in container.depends_on:
            if dependency.container not in names:
                raise NotRunnable(f"{where}: {container.name} depends on {dependency.container}, which is not there")


def _only(said: Said, where: str, *known: str) -> None:
    names = {name for line in known for name in line.split()}
    lost = sorted(name for name, value in said.items() if name not in names and not _empty(value))
    if lost:
        raise NotRunnable(f"{where}: the local task would lose {', '.join(lost)}")


def _empty(value: object) -> bool:
    return value is None or value is False or value in ("", [], {})  # but not 0: that is a wish


def _same(value: object, expected: str, what: str) -> None:
    if value != expected:
        raise NotRunnable(f"{what} is {value}, which is not run locally; {expected} is")
