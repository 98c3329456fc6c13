"""Terraform as a child that ends with this process, its output kept for the error.

It sees the local AWS and nothing of the user's own AWS settings; their Terraform settings (TF_CLI_CONFIG_FILE, TF_PLUGIN_CACHE_DIR) and proxies
are handed on, for the provider's download.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from localaws.aws import CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobctl.stop import StopSignals
    from localaws.processes import Child, Processes

_HANDED_ON = ("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy")
_KEPT_LINES = 200
_ERROR = re.compile(r"^\s*Error: ", re.MULTILINE)
POLL_SECONDS = 0.05


class TerraformError(Exception):
    """A command failed. The text is the command and the end of its output."""


class Terraform:
    """Runs commands. Owns nothing but their output files."""

    def __init__(self, processes: Processes, stop: StopSignals, endpoint: str) -> None:
        self._processes = processes
        self._stop = stop
        self._runs = 0
        self._environ = {
            **{name: os.environ[name] for name in _HANDED_ON if name in os.environ},
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": endpoint,
            "NO_PROXY": "127.0.0.1,localhost",
            "CHECKPOINT_DISABLE": "1",  # asks nobody whether there is a newer one
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",  # a copy has no lock file to break
        }
        if not {"TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR"} & self._environ.keys():
            cache = Path.home() / ".terraform.d" / "plugin-cache"  # where Terraform's own documentation puts it
            cache.mkdir(parents=True, exist_ok=True)
            self._environ["TF_PLUGIN_CACHE_DIR"] = str(cache)  # the provider is some 150 MB: once, not once a folder

    def start(self, folder: Path, *arguments: str) -> Run:
        """Start a command; several may run at once, in different folders."""
        self._runs += 1
        command = ["terraform", f"-chdir={folder}", *arguments]
        child = self._processes.start(f"terraform-{self._runs:03}", command, self._environ)
        return Run(f"terraform {' '.join(arguments)}\n  in {folder}", child, self._processes, self._stop)

    def run(self, folder: Path, *arguments: str) -> str:
        """The output of a command; raises as `Run.wait`."""
        return self.start(folder, *arguments).wait()[1]

    def run_each(self, folders: Sequence[Path], *arguments: str) -> list[str]:
        """The outputs of one command in each folder, as many at a time as there are cores; raises as `Run.wait`."""
        waiting, outputs = list(folders), dict.fromkeys(folders, "")
        running: dict[Path, Run] = {}
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                folder = waiting.pop(0)
                running[folder] = self.start(folder, *arguments)
            ended = [folder for folder, run in running.items() if run.has_ended()]
            for folder in ended:
                outputs[folder] = running.pop(folder).wait()[1]
            if not ended:
                self._stop.wait(POLL_SECONDS)
        return list(outputs.values())


class Run:
    """A command that was started by `Terraform.start`."""

    def __init__(self, command: str, child: Child, processes: Processes, stop: StopSignals) -> None:
        self._command = command
        self._child = child
        self._processes = processes
        self._stop = stop

    def has_ended(self) -> bool:
        """Whether `wait` returns at once."""
        return self._child.exit_code() is not None

    def wait(self, accepted: tuple[int, ...] = (0,)) -> tuple[int, str]:
        """The exit code and the output, once it has ended.

        Raises:
            TerraformError: another exit code than those accepted.
            Stopped: somebody asked us to end.
        """
        while not self.has_ended():
            self._stop.wait(POLL_SECONDS)
        code = self._processes.stop([self._child], 0)[self._child.name]
        if code not in accepted:
            raise TerraformError(f"{self._command}\n{_errors(self._child.last_lines(_KEPT_LINES))}")
        return code, self._child.output.read_text()


def _errors(output: str) -> str:
    """The output from the first error on: a plan before it does not help."""
    found = _ERROR.search(output)
    return output[found.start() :] if found else output
