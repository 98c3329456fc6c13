"""Docker commands, ended by Ctrl-C."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobctl.errors import UsageError
from jobdeploy.commands import run_command
from jobdeploy.explain import DOCKER, INSTALL_DOCKER, explain

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

    from jobctl.stop import StopSignals

SHOWN_LINES = 30


@dataclass(frozen=True)
class Docker:
    """Runs commands. `environ` is added to our own environment."""

    stop: StopSignals
    environ: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, folder: Path | None = None) -> str:
        """Run a command in `folder`; returns its stdout.

        Raises:
            CommandError, or the subclass that fits: what failed, its last lines, what to do.
            Stopped: somebody asked us to end; the command was ended too.
        """
        environ = {**os.environ, **self.environ}
        try:
            ended = run_command(self.stop, ["docker", *arguments], environ, _end, folder=folder)
        except FileNotFoundError as error:
            raise UsageError("Docker is not installed.", INSTALL_DOCKER) from error
        if ended.code:
            last = (ended.errors or ended.output).splitlines()[-SHOWN_LINES:]
            raise explain(f"docker {' '.join(arguments)}", "\n".join(last), DOCKER)
        return ended.output

    def image_id(self, reference: str) -> str:
        """Id of an image on this machine; empty where there is none."""
        return self.run("images", "--quiet", "--no-trunc", reference).partition("\n")[0]

    def image_bytes(self, reference: str) -> int:
        """Size of an image on this machine, unpacked."""
        return int(self.run("image", "inspect", "--format={{.Size}}", reference))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends it with its plugin, which is a child of `docker`."""
    os.killpg(process.pid, signal.SIGTERM)
