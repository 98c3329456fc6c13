"""Start the local AWS from a tool, and find where it listens."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.aws import CREDENTIALS
from localaws.processes import ProcessDied

if TYPE_CHECKING:
    from localaws.processes import Child, Processes

MODULE = "localaws"
PLAIN_MODULE = "localaws.moto_server"
START_SECONDS = 60.0
LOOK_SECONDS = 0.05
_ANNOUNCEMENT = "listening "


@dataclass(frozen=True)
class Starting:
    """A server that is starting; several may start at once."""

    child: Child

    def endpoint(self) -> str:
        """Waits until it listens.

        Raises:
            ProcessDied: it ended, or did not answer in 60 s; the text says why.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for line in self.child.output.read_text(errors="replace").splitlines(keepends=True):
                if line.startswith(_ANNOUNCEMENT) and line.endswith("\n"):
                    return line.removeprefix(_ANNOUNCEMENT).strip()
            self.child.check()
            time.sleep(LOOK_SECONDS)
        raise ProcessDied(f"{self.child.name} did not answer in {START_SECONDS:.0f} s.\n{self.child.last_lines()}")


def start_module(processes: Processes, module: str = MODULE, port: int = 0) -> Starting:
    """Starts a server that announces itself as `localaws.moto_server` does. Port 0 takes a free one."""
    command = [sys.executable, "-m", module, "--port", str(port)]
    return Starting(processes.start(module.rpartition(".")[2], command, {**CREDENTIALS, "PYTHONUNBUFFERED": "1"}))
