"""Platforms to build for, and those that this machine's builder can; asks docker, changes nothing.

Fargate runs what the stack's `cpu_architecture` says. Another architecture than the builder's own needs emulation (QEMU) or a builder that has
such a node; `docker buildx inspect` lists what it can do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobctl.errors import UsageError
from jobdeploy.terraform_files import read_file, variables

if TYPE_CHECKING:
    from jobctl.environment.target import Target
    from jobdeploy.docker import Docker

PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}
"""ECS's names, and docker's."""
VARIABLE = "cpu_architecture"
EMULATION = "docker run --privileged --rm tonistiigi/binfmt --install"
"""https://docs.docker.com/build/building/multi-platform/#install-qemu-manually"""
_PLATFORM = re.compile(r"linux/[a-z0-9]+(?:/v\d+)?")


@dataclass(frozen=True)
class Builder:
    """What `docker buildx inspect` says of the builder in use."""

    name: str
    driver: str
    platforms: frozenset[str]

    @property
    def arguments(self) -> tuple[str, ...]:
        """Only the engine's own builder leaves what it built in the engine unasked."""
        return () if self.driver == "docker" else ("--load",)


def read_builder(said: str) -> Builder:
    """From the text of `docker buildx inspect`; a builder may have several nodes."""
    values: dict[str, list[str]] = {}
    for line in said.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            values.setdefault(key.strip(), []).append(value.strip())
    platforms = {found for line in values.get("Platforms", ()) for found in _PLATFORM.findall(line)}
    return Builder(values.get("Name", [""])[0], values.get("Driver", [""])[0], frozenset(platforms))


def architecture(target: Target, docker: Docker) -> str:
    """ARM64 or X86_64: what the target, the environment's values or the stack's default say; the engine's own where tasks run on this machine.

    Raises:
        UsageError: neither of the two is meant.
        NoDocker, DockerFailed: as `Docker.run`.
    """
    if VARIABLE in target.values:
        found = str(target.values[VARIABLE])
    elif target.local:
        engine = docker.run("version", "--format", "{{.Server.Os}}/{{.Server.Arch}}").strip()
        found = next((name for name, platform in PLATFORMS.items() if platform == engine), engine)
    else:
        found = _written(target)
    if found not in PLATFORMS:
        raise UsageError(f"{VARIABLE} is {found!r}; Fargate has {' and '.join(PLATFORMS)}.", f"Set {VARIABLE}.")
    return found


def choose(builder: Builder, wanted: str, *, both: bool) -> tuple[tuple[str, ...], str]:
    """Docker's names of the platforms to build, the wanted one first; and a note on what is not built.

    `both`: the other one too where the builder can.

    Raises:
        UsageError: the builder cannot build what runs.
    """
    first = PLATFORMS[wanted]
    if not can(builder, first):
        able = ", ".join(sorted(builder.platforms)) or "nothing"
        raise UsageError(
            f"The builder {builder.name!r} cannot build for {first} ({VARIABLE} {wanted}); it can {able}.",
            f"Give it emulation, `{EMULATION} {first.rpartition('/')[2]}`, or set {VARIABLE} to what this machine is.",
        )
    others = [platform for platform in PLATFORMS.values() if platform != first] if both else []
    missing = [platform for platform in others if not can(builder, platform)]
    note = "".join(f"{platform} left out: the builder {builder.name!r} cannot" for platform in missing)
    return (first, *(platform for platform in others if platform not in missing)), note


def can(builder: Builder, platform: str) -> bool:
    """Whether it lists the platform, or a variant of it (`linux/amd64/v2`)."""
    return any(f"{able}/".startswith(f"{platform}/") for able in builder.platforms)


def _written(target: Target) -> str:
    values = target.terraform / "environments" / target.environment / "terraform.tfvars"
    here = read_file(values) if values.is_file() else {}
    if VARIABLE in here:
        return str(here[VARIABLE])
    declared = (variables(read_file(file)) for file in sorted(target.stack.glob("variables*.tf")))
    return next((str(one[VARIABLE].get("default", "")) for one in declared if VARIABLE in one), "")
