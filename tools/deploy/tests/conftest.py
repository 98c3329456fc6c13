"""One local AWS for the steps of a deployment."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from jobdeploy.target import DeployTarget
from localaws.aws import only_local_credentials, start_aws
from localaws.processes import Processes

from ...localaws.tests.scripted import ScriptedCluster
from .local_target import Told, make_target


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with Processes("deploy-tests-") as processes:
        yield start_aws(processes).endpoint()


@pytest.fixture(autouse=True)
def local_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    environ = dict(os.environ)
    only_local_credentials(environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in [name for name in environ if name.startswith("AWS_")]:
        monkeypatch.setenv(name, environ[name])


@pytest.fixture
def target(endpoint: str) -> DeployTarget:
    return make_target(endpoint)


@pytest.fixture
def cluster(target: DeployTarget) -> ScriptedCluster:
    """A service whose first version works."""
    one = ScriptedCluster(target.clients("ecs"))
    one.roll()
    return one


@pytest.fixture
def told() -> Told:
    return Told()
