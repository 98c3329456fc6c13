"""A task definition as ECS describes it, read for a run in local containers; a field that would be lost is refused by name.

Three kinds of fields: those that are read (what this project's Terraform registers, and a command), those that do not affect what runs, and all
others, which must be empty. So a field that somebody adds to Terraform, or AWS to ECS, stops the local run instead of being lost. Meanings and
defaults: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

HOLDER = "pause"
"""Name of the container that holds the network namespace; no container of a definition may have it."""
MIN_SHARES = 2
"""The kernel's fewest, which ECS gives a container without a `cpu`:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"""

_TASK_READ = "taskDefinitionArn family revision cpu memory containerDefinitions networkMode requiresCompatibilities"
_TASK_SILENT = (
    "status compatibilities requiresAttributes registeredAt registeredBy deregisteredAt deleteRequestedAt "
    "taskRoleArn executionRoleArn runtimePlatform"  # local images are of the machine's own platform
)
_CONTAINER_READ = (
    "name image essential cpu memory entryPoint command user environment secrets readonlyRootFilesystem "
    "linuxParameters healthCheck dependsOn stopTimeout restartPolicy logConfiguration"
)
# With awsvpc a port mapping publishes nothing: whoever listens is reached at the task's own address. A tag is resolved to a digest, or not.
_CONTAINER_SILENT = "portMappings versionConsistency"
_CONDITIONS = {"START": "service_started", "HEALTHY": "service_healthy"}

Described = Mapping[str, Any]
"""A part of an answer of ECS."""


class NotRunnable(Exception):  # noqa: N818 (says what is the matter)
    """The definition holds something that a local task would not keep. The text names it."""


@dataclass(frozen=True)
class RestartPolicy:
    """A container that ended is started again, unless its exit code is ignored or it ran for less than the attempt period."""

    attempt_period: int = 300
    """Seconds."""
    ignored_exit_codes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Container:
    """One container of a task."""

    name: str
    image: str
    essential: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Name of the variable -> `valueFrom`."""
    restart_policy: RestartPolicy | None = None
    has_health_check: bool = False
    log_options: Mapping[str, str] | None = None
    """Of the awslogs driver; for a forwarder."""
    compose: Mapping[str, Any] = field(default_factory=dict)
    """All the rest, as a Compose service has it."""


@dataclass(frozen=True)
class TaskDefinition:
    """What runs together as one task."""

    arn: str
    family: str
    revision: int
    containers: tuple[Container, ...]

    @property
    def worker(self) -> Container:
        """The first essential container: what the task is for."""
        return next(container for container in self.containers if container.essential)

    def container(self, name: str) -> Container:
        """The container of that name; KeyError where there is none."""
        return {container.name: container for container in self.containers}[name]


def read_definition(described: Described) -> TaskDefinition:
    """Read the `taskDefinition` of an answer to DescribeTaskDefinition.

    Raises:
        NotRunnable: it has a field whose meaning would be lost, or is not for Fargate.
    """
    where = f"task definition {described['family']}:{described['revision']}"
    _only(described, where, _TASK_READ, _TASK_SILENT)
    if described.get("networkMode") != "awsvpc" or "FARGATE" not in (described.get("requiresCompatibilities") or []):
        raise NotRunnable(f"{where} is not for Fargate: networkMode must be awsvpc, requiresCompatibilities FARGATE")
    cpus, memory = int(described["cpu"]) / 1024, int(described["memory"])
    containers = tuple(_container(one, where, cpus, memory) for one in described["containerDefinitions"])
    names = {container.name for container in containers}
    if HOLDER in names:
        raise NotRunnable(f"{where}: a container is named {HOLDER}, as the one that holds the network namespace is")
    if not any(container.essential for container in containers):
        raise NotRunnable(f"{where}: no container is essential")
    for container in containers:
        if unknown := container.compose["depends_on"].keys() - names - {HOLDER}:
            raise NotRunnable(f"{where}: {container.name} depends on {', '.join(unknown)}, which is not there")
    return TaskDefinition(described["taskDefinitionArn"], described["family"], described["revision"], containers)


def _container(described: Described, task: str, cpus: float, task_memory: int) -> Container:
    where = f"{task}, container {described['name']}"
    _only(described, where, _CONTAINER_READ, _CONTAINER_SILENT)
    linux = described.get("linuxParameters") or {}
    _only(linux, f"{where}, linuxParameters", "capabilities initProcessEnabled tmpfs")
    capabilities = linux.get("capabilities") or {}
    _only(capabilities, f"{where}, capabilities", "add drop")
    memory = described.get("memory") or task_memory
    stop_timeout = described.get("stopTimeout")
    health_check = described.get("healthCheck")
    compose = {
        "read_only": bool(described.get("readonlyRootFilesystem")),
        "init": bool(linux.get("initProcessEnabled")),
        "cap_add": list(capabilities.get("add") or ()),
        "cap_drop": list(capabilities.get("drop") or ()),
        "tmpfs": [_tmpfs(one, where) for one in linux.get("tmpfs") or ()],
        "healthcheck": _health_check(health_check, where),
        "depends_on": _depends_on(described.get("dependsOn") or (), where),
        "stop_grace_period": f"{30 if stop_timeout is None else stop_timeout}s",  # Fargate's default
        "cpu_shares": max(MIN_SHARES, described.get("cpu") or 0),
        "cpus": cpus,
        "mem_limit": f"{memory}m",
        "memswap_limit": f"{memory}m",  # Fargate has no swap
    }
    named = {"entrypoint": "entryPoint", "command": "command", "user": "user"}
    return Container(
        name=described["name"],
        image=described["image"],
        essential=described.get("essential", True),
        environment=_pairs(described.get("environment"), f"{where}, environment", "value"),
        secrets=_pairs(described.get("secrets"), f"{where}, secrets", "valueFrom"),
        restart_policy=_restart_policy(described.get("restartPolicy"), where),
        has_health_check=bool(health_check),
        log_options=_log_options(described.get("logConfiguration"), where),
        compose=compose | {ours: described[theirs] for ours, theirs in named.items() if described.get(theirs)},
    )


def _health_check(described: Described | None, where: str) -> dict[str, Any]:
    if not described:
        return {"disable": True}  # ECS does not look at the one in an image
    _only(described, f"{where}, healthCheck", "command interval timeout retries startPeriod")
    if described["command"][0] not in ("CMD", "CMD-SHELL"):
        raise NotRunnable(f"{where}: healthCheck command {described['command']} starts with neither CMD nor CMD-SHELL")
    return {
        "test": list(described["command"]),
        "interval": f"{described.get('interval', 30)}s",
        "timeout": f"{described.get('timeout', 5)}s",
        "retries": described.get("retries", 3),
        "start_period": f"{described.get('startPeriod', 0)}s",
    }


def _restart_policy(described: Described | None, where: str) -> RestartPolicy | None:
    if not described:
        return None
    _only(described, f"{where}, restartPolicy", "enabled ignoredExitCodes restartAttemptPeriod")
    period, ignored = described.get("restartAttemptPeriod", 300), tuple(described.get("ignoredExitCodes") or ())
    return RestartPolicy(period, ignored) if described["enabled"] else None


def _log_options(described: Described | None, where: str) -> dict[str, str] | None:
    if not described:
        return None
    _only(described, f"{where}, logConfiguration", "logDriver options")
    if described["logDriver"] != "awslogs":
        raise NotRunnable(f"{where}: logDriver is {described['logDriver']}, which is not run locally; awslogs is")
    return dict(described.get("options") or {})


def _depends_on(described: Iterable[Described], where: str) -> dict[str, Any]:
    conditions = {HOLDER: {"condition": "service_started"}}
    for one in described:
        _only(one, f"{where}, dependsOn", "containerName condition")
        if one["condition"] not in _CONDITIONS:
            raise NotRunnable(f"{where}: dependsOn has a condition {one['condition']}, which is not run locally")
        conditions[one["containerName"]] = {"condition": _CONDITIONS[one["condition"]]}
    return conditions


def _tmpfs(described: Described, where: str) -> str:
    _only(described, f"{where}, tmpfs", "containerPath size mountOptions")
    options = [f"size={described['size']}m", *(described.get("mountOptions") or ())]
    return f"{described['containerPath']}:{','.join(options)}"


def _pairs(described: Iterable[Described] | None, where: str, value: str) -> dict[str, str]:
    pairs = {}
    for one in described or ():
        _only(one, where, f"name {value}")
        pairs[one["name"]] = one[value]
    return pairs


def _only(described: Described, where: str, *known: str) -> None:
    names = {name for line in known for name in line.split()}
    lost = sorted(name for name, value in described.items() if name not in names and not _empty(value))
    if lost:
        raise NotRunnable(f"{where}: the local task would lose {', '.join(lost)}")


def _empty(value: object) -> bool:
    return value is None or value is False or value in ("", [], {})  # but not 0, which says something
