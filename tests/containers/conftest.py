"""Fixtures of the tests in real containers: Docker, which must be there, a project that must leave no containers, and one stage."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator

import pytest

from devkit.local_stack.stack import LocalStack
from jobctl.stop import StopSignals
from jobdeploy.progress import Progress
from localaws.docker import Docker, DockerFailed
from localaws.fargate.containers import remove_all

from .stage_run import VALUES, StageRun
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


@pytest.fixture(scope="session")
def run(docker: Docker) -> Iterator[StageRun]:
    """The stage of `test_stage` and `test_stage_*`, the last files of this folder: it stays up until the end."""
    with (
        StopSignals() as stop,
        LocalStack(docker, Progress(), stop, lambda text: print("!", text, file=sys.stderr), values=VALUES) as stage,
    ):
        yield StageRun(stage, docker)
