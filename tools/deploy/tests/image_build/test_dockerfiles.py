"""Rules for the Dockerfiles that can be checked in their text."""

from __future__ import annotations

import re

import pytest

from jobctl.checkout import REPOSITORY

BASE, SERVICE = "base.Dockerfile", "service.Dockerfile"


def text(name: str) -> str:
    """Instructions on one line each, without comments."""
    lines = (REPOSITORY / "docker" / name).read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#")).replace("\\\n", " ")


def test_the_public_image_is_pinned_by_digest_in_one_place() -> None:
    assert re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", text(BASE), re.MULTILINE)
    assert re.fullmatch(
        r"python:3\.\d+-slim-[a-z]+@sha256:[0-9a-f]{64}", re.findall(r"ARG PYTHON_IMAGE=(\S+)", text(BASE))[0]
    )
    assert "python:" not in text(SERVICE)


@pytest.mark.parametrize("name", [BASE, SERVICE])
def test_every_command_is_in_exec_form(name: str) -> None:
    commands = re.findall(r"^(?:RUN|ENTRYPOINT|CMD)\s+(?:--\S+\s+)*(.*)$", text(name), re.MULTILINE)

    assert commands
    assert all(command.lstrip().startswith("[") for command in commands)


@pytest.mark.parametrize("name", [BASE, SERVICE])
def test_only_the_frontend_that_the_engine_brings_is_used(name: str) -> None:
    assert "syntax=" not in (REPOSITORY / "docker" / name).read_text()
    assert "HEALTHCHECK" not in text(name)
    assert "EXPOSE" not in text(name)


def test_the_service_file_knows_no_service() -> None:
    names = [folder.name for folder in (REPOSITORY / "services").iterdir()]

    assert not [name for name in names if name in text(SERVICE) or name in text(BASE)]


@pytest.mark.parametrize("name", [BASE, SERVICE])
def test_nothing_comes_after_the_labels(name: str) -> None:
    instructions = [line.split()[0] for line in text(name).splitlines() if line and not line[0].isspace()]

    assert instructions[-1] == "LABEL"
    assert set(instructions[-5:-1]) == {"ARG"}


@pytest.mark.parametrize("name", [BASE, SERVICE])
def test_the_context_is_mounted_part_by_part(name: str) -> None:
    """See service.Dockerfile: beside a part, the whole folder is not in the cache key of engine 20.10."""
    mounts = re.findall(r"--mount=type=bind\S*", text(name))

    assert mounts
    assert all(",source=" in mount for mount in mounts)
