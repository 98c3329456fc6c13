"""Check that Docker's engine, Compose and buildx are installed and new enough: three short commands, nothing is changed."""

from __future__ import annotations

import re

from jobdeploy.docker.program import INSTALL, Docker, DockerFailed, NoDocker

ANSWER_SECONDS = 30.0
"""An engine that is starting (Docker Desktop) holds the first command up for a while."""
ENGINE, COMPOSE, BUILDX = (20, 10), (2, 20), (0, 10)
"""The oldest that will do: `host-gateway` (20.10), a Compose project read from stdin and env files switched off, builds with secrets."""


def check_docker(docker: Docker) -> str:
    """The engine's version.

    Raises:
        NoDocker: the program, its engine or a plugin is missing or too old.
    """
    try:
        version = docker.run("version", "--format", "{{.Server.Version}}", timeout=ANSWER_SECONDS).strip()
    except DockerFailed as error:
        raise NoDocker(f"Docker's engine does not answer. Start it, then try again. {error}") from error
    _check("Docker's engine", version, ENGINE)
    _check("Docker Compose", _plugin(docker, "compose", "version", "--short"), COMPOSE)
    _check("Docker buildx", _plugin(docker, "buildx", "version"), BUILDX)
    return version


def _plugin(docker: Docker, *arguments: str) -> str:
    try:
        return docker.run(*arguments, timeout=ANSWER_SECONDS).strip()
    except DockerFailed as error:
        raise NoDocker(
            f"`docker {arguments[0]}` is not installed: the {arguments[0]} plugin is missing. {INSTALL}"
        ) from error


def _check(what: str, said: str, oldest: tuple[int, int]) -> None:
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None:
        raise NoDocker(f"{what} does not say its version: {said!r}. {INSTALL}")
    if (int(found[1]), int(found[2])) < oldest:
        needed = ".".join(map(str, oldest))
        raise NoDocker(f"{what} is {said}; {needed} or newer is needed. {INSTALL}")
