"""A task definition rendered as a Compose project.

One service holds the network namespace and the others join it, as containers of an awsvpc task share one; they reach each other on 127.0.0.1. The
holder is on Docker's default bridge: a network per task would use up Docker's address pools after some thirty tasks. Nothing is published.

Not left to Compose: restart policies (`localaws.fargate.lifecycle`) and log output (a forwarder reads Docker's logs).
Two limits are looser than Fargate's: each container may use all of the task's cores, which in Fargate limit the sum; and each container may fill
the task's memory, unless its definition gives it a limit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localaws.fargate.containers import Labels
from localaws.fargate.definition import HOLDER, Container, NotRunnable, TaskDefinition

HOST_NAME = "host.docker.internal"
"""The machine that runs the tools, as a container calls it; Docker Desktop's name, and ours on a native engine."""
HOLDER_MEMORY = "32m"
NOBODY = "65534:65534"
COMMON = {
    "restart": "no",  # Docker knows no attempt period
    # What `docker logs` can read, bounded: a forwarder that is a few lines behind loses nothing.
    "logging": {"driver": "json-file", "options": {"max-size": "20m", "max-file": "2"}},
}


@dataclass(frozen=True)
class Additions:
    """Everything that Fargate would bring, or that only a machine without AWS needs."""

    images: Mapping[str, str]
    """Registered image -> the image that stands for it here."""

    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Container -> variables: endpoints, credentials, the metadata and agent URIs. None may change what the definition says."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """`valueFrom` -> value. Handed to Compose in its environment: never in a file, never in an argument."""

    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """Container -> variables that a person gives it, above what the definition says; handed over as secrets are."""


def render(definition: TaskDefinition, additions: Additions, labels: Labels) -> dict[str, Any]:
    """The project as Compose reads it (JSON is YAML). Values of secrets are not in it: see `secret_environment`.

    Raises:
        NotRunnable: an image or a secret has no stand-in, or an addition would change what the definition says.
    """
    services = {HOLDER: _holder(_image(definition, definition.worker, additions), labels)}
    for container in definition.containers:
        services[container.name] = {
            **_escaped(container.compose),
            **COMMON,
            "image": _image(definition, container, additions),
            "network_mode": f"service:{HOLDER}",
            "environment": _environment(definition, container, additions),
            "labels": labels.of(container.name),
        }
    return {"name": labels.compose_project, "services": services}


def secret_environment(definition: TaskDefinition, additions: Additions) -> dict[str, str]:
    """What Compose needs in its environment to fill the secrets in.

    Raises:
        NotRunnable: a secret has no value.
    """
    values: dict[str, str] = {}
    for container in definition.containers:
        own = additions.own.get(container.name, {})
        values |= {_variable(container, name): value for name, value in own.items()}
        for name, source in container.secrets.items():
            if name in own:
                continue
            if source not in additions.secrets:
                raise NotRunnable(f"{_where(definition, container)}: no value for the secret {name} ({source})")
            values[_variable(container, name)] = additions.secrets[source]
    return values


def _holder(image: str, labels: Labels) -> dict[str, Any]:
    return {
        **COMMON,
        "image": image,  # any with coreutils; this one is there
        "entrypoint": ["sleep", "infinity"],
        "command": [],
        "user": NOBODY,
        "init": True,  # `sleep` as process 1 would not end at SIGTERM
        "read_only": True,
        "cap_drop": ["ALL"],
        "network_mode": "bridge",
        "extra_hosts": {HOST_NAME: "host-gateway"},  # who joins the namespace has its names, too
        "mem_limit": HOLDER_MEMORY,
        "healthcheck": {"disable": True},
        "labels": labels.of(HOLDER),
    }


def _environment(definition: TaskDefinition, container: Container, additions: Additions) -> dict[str, str]:
    added = additions.environment.get(container.name, {})
    for name, value in added.items():
        if name in container.secrets or container.environment.get(name, value) != value:
            raise NotRunnable(f"{_where(definition, container)}: {name} is in the definition, and would be changed")
    secret = [*container.secrets, *additions.own.get(container.name, {})]
    secrets = {name: "${" + _variable(container, name) + "}" for name in secret}
    return {**_escaped({**container.environment, **added}), **secrets}


def _image(definition: TaskDefinition, container: Container, additions: Additions) -> str:
    try:
        return additions.images[container.image]
    except KeyError:
        raise NotRunnable(f"{_where(definition, container)}: no local image stands for {container.image}") from None


def _variable(container: Container, name: str) -> str:
    return "LOCALAWS_SECRET_" + re.sub(r"\W", "_", f"{container.name}__{name}")


def _escaped(value: Any) -> Any:
    """A `$` is one for the container: Compose fills nothing in."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, Mapping):
        return {name: _escaped(one) for name, one in value.items()}
    return [_escaped(one) for one in value] if isinstance(value, list) else value


def _where(definition: TaskDefinition, container: Container) -> str:
    return f"task definition {definition.family}:{definition.revision}, container {container.name}"
