"""Long docker commands, ended on Ctrl-C."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from jobdeploy.docker import DockerFailed
from jobdeploy.docker.program import end

if TYPE_CHECKING:
    from jobctl.stop import StopSignals
    from jobdeploy.docker import Docker

LOOK_SECONDS = 0.05
SHOWN_LINES = 30


def run(docker: Docker, stop: StopSignals, *arguments: str) -> str:
    """Run a command; returns its stdout. Its stderr is only in the error.

    Raises:
        NoDocker: there is no docker.
        DockerFailed: with the end of what it wrote.
        Stopped: somebody asked us to end; the command was ended too.
    """
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said,
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as wrong,
    ):
        process = docker.start(*arguments, stdout=said, stderr=wrong)
        try:
            while process.poll() is None:
                stop.wait(LOOK_SECONDS)
        finally:
            code = end(process)
        for file in (said, wrong):
            file.seek(0)
        if code:
            last = "".join(f"  {line}" for line in (wrong.readlines() or said.readlines())[-SHOWN_LINES:])
            raise DockerFailed(f"docker {' '.join(arguments)}\n  ended with exit code {code}:\n{last}")
        return said.read()
