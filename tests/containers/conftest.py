"""What do tests in real containers share? Docker, which must be there, and a project whose containers are gone in the end."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from jobtools.docker import Docker, DockerFailed
from jobtools.fargate.containers import remove_all

from .tasks import IMAGE, PlainHost


@pytest.fixture(scope="session")
def docker() -> Docker:
    program = Docker()
    program.check()
    try:
        program.run("image", "inspect", "--format={{.Id}}", IMAGE)
    except DockerFailed:
        try:
            program.run("pull", "--quiet", IMAGE)
        except DockerFailed as error:
            error.add_note("JOBS_PYTHON_IMAGE may name an image that is here.")
            raise
    return program


@pytest.fixture
def project(docker: Docker) -> Iterator[str]:
    name = f"fargate-test-{uuid.uuid4().hex[:8]}"
    yield name
    assert remove_all(docker, name) == 0, "containers were left"


@pytest.fixture
def host(docker: Docker) -> PlainHost:
    return PlainHost(docker)
