"""The `jobctl` command, run in this process, as one person with one endpoint: the local AWS itself, or an endpoint that records."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from typer.testing import CliRunner, Result

from devkit.local_stack.stack import PROJECT_NAME
from jobctl.app import app
from jobctl.session import ENVIRONMENT_NAMES
from localaws.aws import CREDENTIALS

ENVIRONMENT = "dev"


class JobsCommand:
    """Runs `jobctl`. `folder` is the person's home, and where files of dead letters go."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.folder = folder
        calm: dict[str, str | None] = {name: None for names in ENVIRONMENT_NAMES.values() for name in names}
        self._environ = {
            **calm,
            **CREDENTIALS,
            "JOBS_PROJECT": PROJECT_NAME,
            "JOBS_ENVIRONMENT": ENVIRONMENT,
            "AWS_ENDPOINT_URL": endpoint,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "JOBS_CONFIG": None,
        }
        self._runner = CliRunner()

    def environ(self) -> dict[str, str]:
        """The environment for `jobctl` in a process of its own."""
        inherited = {name: value for name, value in os.environ.items() if name not in self._environ}
        return inherited | {name: value for name, value in self._environ.items() if value is not None}

    def run(self, *arguments: str, code: int = 0) -> Result:
        """Runs `jobctl`; fails the test where it ends with another code."""
        result = self._runner.invoke(app, list(arguments), env=self._environ)
        assert result.exit_code == code, (arguments, result.stdout, result.stderr, result.exception)
        return result

    def said(self, *arguments: str) -> Any:
        """The output with --json, read."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def lines(self, *arguments: str) -> list[Any]:
        """The lines of a command that writes one JSON value a line."""
        return [json.loads(line) for line in self.run(*arguments, "--json").stdout.splitlines()]


@contextmanager
def jobs_command(endpoint: str) -> Iterator[JobsCommand]:
    """The command with a temporary folder."""
    with TemporaryDirectory(prefix="jobs-command-") as folder:
        yield JobsCommand(endpoint, Path(folder))
