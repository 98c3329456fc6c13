"""How docker commands are run: against a program named docker that a test wrote, so without an engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from localaws.docker import Docker, DockerFailed, NoDocker

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def docker(folder: Path, script: str) -> Docker:
    """A docker that does what the script says."""
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Docker({"PATH": f"{folder}:/usr/bin:/bin", "FROM_OUTSIDE": "here"})


def test_a_failed_command_is_told_with_its_arguments_its_code_and_the_end_of_what_it_said(folder: Path) -> None:
    with pytest.raises(
        DockerFailed, match=r"(?s)^docker rm web\n  ended with exit code 3:\n.*no such container$"
    ) as error:
        docker(folder, "seq 1000 >&2; echo no such container >&2; exit 3").run("rm", "web")
    assert "\n  1000\n" in str(error.value)
    assert "\n  900\n" not in str(error.value)


def test_a_command_that_takes_too_long_is_killed_and_told(folder: Path) -> None:
    with pytest.raises(DockerFailed, match=r"docker pull\n  did not end in 0 s"):
        docker(folder, "exec sleep 60").run("pull", timeout=0.01)


def test_an_engine_that_does_not_answer_is_told_with_what_to_do(folder: Path) -> None:
    says = "echo 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' >&2; exit 1"
    with pytest.raises(NoDocker, match=r"engine does not answer\. Start it"):
        docker(folder, says).run("ps")


def test_a_missing_docker_is_told_with_where_to_get_it(folder: Path) -> None:
    with pytest.raises(NoDocker, match=r"not installed\. Install Docker Desktop, or .*https://"):
        Docker({"PATH": str(folder)}).run("ps")


GOOD = {"version": "echo 20.10.24+dfsg1", "compose": "echo 2.40.3", "buildx": "echo github.com/docker/buildx v0.38.2"}


def of_versions(folder: Path, **scripts: str) -> Docker:
    cases = "\n".join(f"{command}) {script};;" for command, script in {**GOOD, **scripts}.items())
    return docker(folder, f'case "$1" in\n{cases}\nesac')


@pytest.mark.parametrize(
    ("scripts", "told"),
    [
        ({"version": "echo 19.03.8"}, r"Docker's engine is 19\.03\.8; 20\.10 or newer is needed"),
        ({"version": "echo permission denied; exit 1"}, r"(?s)engine does not answer.*permission denied"),
        ({"compose": "echo unknown command; exit 1"}, "`docker compose` is not installed: the compose plugin"),
        ({"compose": "echo 2.3.3"}, r"Docker Compose is 2\.3\.3; 2\.20 or newer is needed"),
        ({"buildx": "exit 1"}, "`docker buildx` is not installed"),
        ({"buildx": "echo hello"}, "Docker buildx does not tell its version: 'hello'"),
    ],
)
def test_what_is_missing_or_too_old_is_told_by_name(folder: Path, scripts: dict[str, str], told: str) -> None:
    with pytest.raises(NoDocker, match=told):
        of_versions(folder, **scripts).check()
