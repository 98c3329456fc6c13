"""Image registry that replaces ECR's on this machine: Debian's `docker-registry` as a child process, on loopback.

Docker's engine speaks plain HTTP to 127.0.0.0/8 and to no other address. Images are in the processes' folder and are deleted with it.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.loopback import answers
from jobctl.errors import UsageError
from localaws.processes import ProcessDied

if TYPE_CHECKING:
    from jobctl.stop import StopSignals
    from localaws.processes import Child, Processes

PROGRAM = "docker-registry"
START_SECONDS = 30.0
LOOK_SECONDS = 0.05
_LISTENS = re.compile(r"listening on (127\.0\.0\.1:\d+)")


@dataclass(frozen=True)
class LocalRegistry:
    """A running registry. `address`: HOST:PORT, the first part of an image's name."""

    address: str
    child: Child


def start_registry(processes: Processes, stop: StopSignals) -> LocalRegistry:
    """Starts it on a free port and waits until it answers; it ends with `processes`.

    Raises:
        UsageError: it is not installed.
        ProcessDied: it ended, or did not answer in 30 s; the text says why.
        Stopped: somebody asked us to end.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise UsageError(
            f"`{PROGRAM}` is not installed: the registry that stands for ECR on this machine.",
            "Debian and Ubuntu: apt-get install docker-registry. Elsewhere: the `registry` program of github.com/distribution/distribution "
            f"(2.8 or newer), as {PROGRAM} on PATH.",
        )
    child = processes.start(PROGRAM, [program, "serve", _settings(processes)], {})
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = _LISTENS.search(child.output.read_text(errors="replace"))
        if found and answers(f"http://{found[1]}/v2/"):
            return LocalRegistry(found[1], child)
        child.check()
        stop.wait(LOOK_SECONDS)
    raise ProcessDied(f"{PROGRAM} did not answer in {START_SECONDS:.0f} s. Its last lines:\n{child.last_lines()}")


def _settings(processes: Processes) -> str:
    """Its settings as a file: YAML, which JSON is. https://distribution.github.io/distribution/about/configuration/"""
    file = processes.folder / f"{PROGRAM}.yml"
    file.write_text(
        json.dumps(
            {
                "version": "0.1",  # of this format
                "log": {"level": "info", "accesslog": {"disabled": True}},  # info says where it listens
                "storage": {"filesystem": {"rootdirectory": str(processes.folder / PROGRAM)}},
                "http": {"addr": "127.0.0.1:0"},
            }
        )
    )
    return str(file)
