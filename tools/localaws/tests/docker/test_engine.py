"""What is missing for Docker to be of use is told by name, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from localaws.docker import Docker, NoDocker

pytestmark = pytest.mark.slow

GOOD = {"version": "echo 20.10.24+dfsg1", "compose": "echo 2.40.3", "buildx": "echo github.com/docker/buildx v0.38.2"}


def docker(folder: Path, **says: str) -> Docker:
    cases = "\n".join(f"{command}) {script};;" for command, script in {**GOOD, **says}.items())
    program = folder / "docker"
    program.write_text(f'#!/bin/sh\ncase "$1" in\n{cases}\nesac\n')
    program.chmod(0o755)
    return Docker({"PATH": f"{folder}:/usr/bin:/bin"})


def test_the_engine_s_version_is_told_when_all_is_there(tmp_path: Path) -> None:
    assert docker(tmp_path).check() == "20.10.24+dfsg1"


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ({"version": "echo 19.03.8"}, r"Docker's engine is 19\.03\.8; 20\.10 or newer is needed"),
        ({"version": "echo permission denied; exit 1"}, r"(?s)engine does not answer.*permission denied"),
        ({"compose": "echo unknown command; exit 1"}, "`docker compose` is not installed: the compose plugin"),
        ({"compose": "echo 2.3.3"}, r"Docker Compose is 2\.3\.3; 2\.20 or newer is needed"),
        ({"buildx": "exit 1"}, "`docker buildx` is not installed"),
        ({"buildx": "echo hello"}, "Docker buildx does not say its version: 'hello'"),
    ],
)
def test_what_is_missing_or_too_old_is_told_by_name(tmp_path: Path, says: dict[str, str], told: str) -> None:
    with pytest.raises(NoDocker, match=told):
        docker(tmp_path, **says).check()
