"""A task definition rendered as a Compose project.

One service holds the network namespace and the others join it, as containers of an awsvpc task share one; they reach each other on 127.0.0.1. The
holder is on Docker's default bridge: a network per task would use up Docker's address pools after some thirty tasks. Nothing is published.

Not left to Compose: restart policies (`localaws.fargate.life`) and log output (a forwarder reads Docker's logs).
Two limits are looser than Fargate's: each container may use all of the task's cores, which in Fargate limit the sum; and each container may fill
the task's memory, unless its definition gives it a limit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from localaws.fargate.additions import Additions
from localaws.fargate.definition import Container, Dependency, HealthCheck, TaskDefinition
from localaws.fargate.labels import Labels
from localaws.fargate.reading import HOLDER, NotRunnable

MIN_SHARES = 2
"""The kernel's fewest, which ECS gives a container without a `cpu`:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"""
HOLDER_MEMORY = "32m"
NOBODY = "65534:65534"
LOGGING = {"driver": "json-file", "options": {"max-size": "20m", "max-file": "2"}}
"""What `docker logs` can read, bounded: a forwarder that is a few lines behind loses nothing."""

_CONDITIONS = {
    "START": {"condition": "service_started"},
    "HEALTHY": {"condition": "service_healthy"},
    "SUCCESS": {"condition": "service_completed_successfully"},
    # Compose warns and goes on when what is not required ends badly: exactly "ended, whichever way".
    "COMPLETE": {"condition": "service_completed_successfully", "required": False},
}


def render(definition: TaskDefinition, additions: Additions, labels: Labels) -> dict[str, Any]:
    """The project as Compose reads it (JSON is YAML). Values of secrets are not in it: see `secret_environment`.

    Raises:
        NotRunnable: an image or a secret has no stand-in, or an addition would change what the definition says.
    """
    services = {HOLDER: _holder(definition, additions, labels)}
    for container in definition.containers:
        services[container.name] = _service(definition, container, additions, labels)
    return {"name": labels.compose_project, "services": services}


def secret_environment(definition: TaskDefinition, additions: Additions) -> dict[str, str]:
    """What Compose needs in its environment to fill the secrets in.

    Raises:
        NotRunnable: a secret has no value.
    """
    values = {}
    for container in definition.containers:
        for name, source in container.secrets.items():
            if source not in additions.secrets:
                raise NotRunnable(f"{_where(definition, container)}: no value for the secret {name} ({source})")
            values[_variable(container, name)] = additions.secrets[source]
    return values


def _holder(definition: TaskDefinition, additions: Additions, labels: Labels) -> dict[str, Any]:
    return {
        "image": _image(definition, definition.worker, additions),  # any image with coreutils; this one is there
        "entrypoint": ["sleep", "infinity"],
        "command": [],
        "user": NOBODY,
        "init": True,  # `sleep` as process 1 would not end at SIGTERM
        "read_only": True,
        "cap_drop": ["ALL"],
        "network_mode": "bridge",
        "extra_hosts": dict(additions.hosts),  # who joins the namespace has its names, too
        "mem_limit": HOLDER_MEMORY,
        "restart": "no",
        "healthcheck": {"disable": True},
        "logging": LOGGING,
        "labels": labels.of(HOLDER),
    }


def _service(definition: TaskDefinition, container: Container, additions: Additions, labels: Labels) -> dict[str, Any]:
    memory = definition.memory if container.memory is None else container.memory
    service: dict[str, Any] = {
        "image": _image(definition, container, additions),
        "network_mode": f"service:{HOLDER}",
        "environment": _environment(definition, container, additions),
        "read_only": container.read_only,
        "init": container.init,
        "cap_add": list(container.added_capabilities),
        "cap_drop": list(container.dropped_capabilities),
        "tmpfs": [",".join([f"{one.path}:size={one.size}m", *one.options]) for one in container.tmpfs],
        "ulimits": {limit.name: {"soft": limit.soft, "hard": limit.hard} for limit in container.ulimits},
        "healthcheck": _health_check(container.health_check),
        "depends_on": _depends_on(container.depends_on),
        "stop_grace_period": f"{container.stop_timeout}s",
        "cpu_shares": max(MIN_SHARES, container.cpu),
        "cpus": definition.cpu / 1024,
        "mem_limit": f"{memory}m",
        "memswap_limit": f"{memory}m",  # Fargate has no swap
        "restart": "no",  # Docker knows no attempt period
        "tty": container.terminal,
        "stdin_open": container.interactive,
        "logging": LOGGING,
        "labels": {**_escaped(container.labels), **labels.of(container.name)},
    }
    if container.memory_reservation is not None:
        service["mem_reservation"] = f"{container.memory_reservation}m"
    if container.entry_point:
        service["entrypoint"] = _escaped(container.entry_point)
    if container.command:
        service["command"] = _escaped(container.command)
    if container.working_directory:
        service["working_dir"] = _escaped(container.working_directory)
    if container.user:
        service["user"] = container.user
    return service


def _environment(definition: TaskDefinition, container: Container, additions: Additions) -> dict[str, str]:
    said = dict(container.environment)
    added = additions.environment.get(container.name, {})
    for name, value in added.items():
        if name in container.secrets or said.get(name, value) != value:
            raise NotRunnable(f"{_where(definition, container)}: {name} is in the definition, and would be changed")
    secrets = {name: "${" + _variable(container, name) + "}" for name in container.secrets}
    return {**_escaped(said), **_escaped(added), **secrets}


def _health_check(check: HealthCheck | None) -> dict[str, Any]:
    if check is None:
        return {"disable": True}  # ECS does not look at the one in an image
    return {
        "test": _escaped(check.command),
        "interval": f"{check.interval}s",
        "timeout": f"{check.timeout}s",
        "retries": check.retries,
        "start_period": f"{check.start_period}s",
    }


def _depends_on(dependencies: tuple[Dependency, ...]) -> dict[str, Any]:
    return {
        HOLDER: {"condition": "service_started"},
        **{dependency.container: _CONDITIONS[dependency.condition] for dependency in dependencies},
    }


def _image(definition: TaskDefinition, container: Container, additions: Additions) -> str:
    try:
        return additions.images[container.image]
    except KeyError:
        raise NotRunnable(f"{_where(definition, container)}: no local image stands for {container.image}") from None


def _variable(container: Container, name: str) -> str:
    return "JOBTOOLS_SECRET_" + re.sub(r"\W", "_", f"{container.name}__{name}")


def _escaped(value: Any) -> Any:
    """A `$` is one for the container: Compose fills nothing in."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, Mapping):
        return {name: _escaped(one) for name, one in value.items()}
    return [_escaped(one) for one in value]


def _where(definition: TaskDefinition, container: Container) -> str:
    return f"task definition {definition.family}:{definition.revision}, container {container.name}"
