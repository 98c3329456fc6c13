"""Fixtures of the tests in real containers: Docker, which must be there, a project that must leave no containers, and one stage."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from devkit.local_stack.local_fargate import of_this_checkout
from devkit.local_stack.stack import PROJECT as STAGE
from devkit.local_stack.stack import LocalStack
from jobctl.stop import StopSignals
from jobdeploy.progress import Progress
from localaws.docker import Docker, DockerFailed, NoDocker
from localaws.fargate.containers import remove_all

from .deploy_run import LABEL as DEPLOYED
from .stage_run import VALUES, StageRun
from .tasks import IMAGE, PlainHost

PROJECT = of_this_checkout("fargate-test")
"""The label of containers of tests that have no stage: one process runs them, one after another."""
TOGETHER = {
    "stage": ("test_stage",),  # one stage for all of them
    "builds": ("test_deploy", "test_images", "test_push"),  # two bakes at once have lost an image to each other
}
"""Files whose tests run in one process, in their order, by how their names begin; all others are a third group."""


class GroupScheduling(LoadScopeScheduling):
    """A process for each group. (xdist's own groups do not form: it writes them into a field that pytest 9.2 no longer reads.)"""

    def _split_scope(self, nodeid: str) -> str:
        file = PurePath(nodeid.partition("::")[0]).name
        return next((group for group, names in TOGETHER.items() if file.startswith(names)), "others")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    return GroupScheduling(config, log)


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


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Removes what Ctrl-C leaves: xdist kills its processes ten seconds later, before a stage is down."""
    if exitstatus == pytest.ExitCode.INTERRUPTED and not hasattr(session.config, "workerinput"):
        with suppress(NoDocker):
            for label in (PROJECT, STAGE, DEPLOYED):
                remove_all(Docker(), label)


@pytest.fixture
def project(docker: Docker) -> Iterator[str]:
    remove_all(docker, PROJECT)  # what a killed run left
    yield PROJECT
    assert remove_all(docker, PROJECT) == 0, "containers were left"


@pytest.fixture
def host(docker: Docker) -> PlainHost:
    return PlainHost(docker)


@pytest.fixture(scope="session")
def run(docker: Docker) -> Iterator[StageRun]:
    """The stage of `test_stage` and `test_stage_*`: it stays up until the end."""
    with (
        StopSignals() as stop,
        LocalStack(docker, Progress(), stop, lambda text: print("!", text, file=sys.stderr), values=VALUES) as stage,
    ):
        yield StageRun(stage, docker)
