"""`jobctl`, run as a person runs it, against a stack of the tests' own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from jobctl.app import app
from jobctl.session import ENVIRONMENT_NAMES

from .world import World, local_aws, make_world, world

CALM = {name: None for names in ENVIRONMENT_NAMES.values() for name in names} | {"AWS_SESSION_TOKEN": None}
"""Nothing of the person who runs the tests."""
AWAY = {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"}
"""Job records cannot be read: nothing listens on the discard port."""


class Jobs:
    """One person's shell."""

    def __init__(self, one: World, home: str) -> None:
        self.environ: dict[str, str | None] = {
            **CALM,
            **one.environ,
            "HOME": home,
            "XDG_CONFIG_HOME": home,
        }
        self._runner = CliRunner()

    def run(self, *arguments: str, text: str | bytes | None = None, **environ: str | None) -> Result:
        return self._runner.invoke(app, list(arguments), input=text, env={**self.environ, **environ})

    def said(self, *arguments: str, code: int = 0) -> Any:
        """What --json says; one value for each line where there are several."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
        try:
            return json.loads(result.stdout)
        except ValueError:
            return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Where the person is: UTC, or where a test says."""

    def move(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    move("UTC")
    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The local AWS of all stacks."""
    with local_aws() as one:
        yield one


@pytest.fixture(scope="session")
def working(endpoint: str) -> Iterator[World]:
    """With real services."""
    with world(endpoint) as one:
        yield one


@pytest.fixture
def still(endpoint: str) -> World:
    """A stack of the test's own, in which nothing happens that the test does not do."""
    return make_world(endpoint)


@pytest.fixture
def shell(tmp_path_factory: pytest.TempPathFactory) -> Callable[[World], Jobs]:
    return lambda one: Jobs(one, str(tmp_path_factory.mktemp("home")))
