"""Terraform commands on real states, run as child processes and stopped by Terraform's own interrupt.

The first Ctrl-C asks Terraform to end what it has begun, write the state and release the lock, and is waited for; the second kills it. If this
process is killed, Terraform goes on to its end alone.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jobctl.errors import UsageError
from jobctl.stop import Stopped
from jobdeploy.explain import INSTALL, explain

if TYPE_CHECKING:
    from jobctl.stop import StopSignals

POLL_SECONDS = 0.05
ENDING = "Terraform ends what it has begun, writes the state and unlocks it. Ctrl-C again kills it, and it cannot."


class Program:
    """Runs commands, one at a time. Owns nothing but their output files in `folder`."""

    def __init__(
        self, stop: StopSignals, folder: Path, environ: Mapping[str, str], *, say: Callable[[str], None]
    ) -> None:
        self._stop = stop
        self._folder = folder
        self._environ = dict(environ)
        self._say = say
        self._runs = 0

    def run(
        self,
        root: Path,
        data_folder: Path,
        *arguments: str,
        accepted: tuple[int, ...] = (0,),
        on_line: Callable[[str], None] | None = None,
    ) -> tuple[int, str]:
        """The exit code and stdout of a command in `root`. `on_line` is called with each line as it is written.

        Raises:
            CommandError: another exit code than those accepted.
            Stopped: somebody asked us to end; Terraform has ended well.
            KeyboardInterrupt: the same twice; Terraform was killed.
        """
        self._stop.check()
        self._runs += 1
        output, errors = (self._folder / f"{self._runs:03}.{kind}" for kind in ("out", "err"))
        with output.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen(
                ["terraform", f"-chdir={root}", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**self._environ, "TF_DATA_DIR": str(data_folder)},
                start_new_session=True,  # Ctrl-C reaches us alone, and we interrupt it
            )
        self._wait(process, output, on_line)
        written = output.read_text(errors="replace")
        if process.returncode not in accepted:
            raise explain(f"terraform {arguments[0]}", f"{written}{errors.read_text(errors='replace')}")
        return process.returncode, written

    def _wait(self, process: subprocess.Popen[bytes], output: Path, on_line: Callable[[str], None] | None) -> None:
        try:
            with output.open(errors="replace") as lines:
                try:
                    while process.poll() is None:
                        self._stop.wait(POLL_SECONDS)
                        if on_line is not None:
                            for line in lines:
                                on_line(line.rstrip("\n"))
                except Stopped:
                    self._say(ENDING)
                    with suppress(ProcessLookupError):
                        process.send_signal(signal.SIGINT)
                    process.wait()
                    raise
        except KeyboardInterrupt:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise


def check_terraform() -> None:
    """Raise UsageError where Terraform is not installed. One that is too old says so itself, by `required_version`."""
    if shutil.which("terraform") is None:
        raise UsageError("Terraform is not installed.", INSTALL)


def environment(environ: Mapping[str, str], endpoint_url: str | None) -> dict[str, str]:
    """Terraform's environment: the person's own, without what would make it ask questions or use another state."""
    ours = {
        name: value for name, value in environ.items() if not name.startswith(("TF_CLI_ARGS", "TF_WORKSPACE", "TF_LOG"))
    }
    ours |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    if not {"TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR"} & ours.keys():
        cache = Path.home() / ".terraform.d" / "plugin-cache"  # where Terraform's own documentation puts it
        cache.mkdir(parents=True, exist_ok=True)
        ours["TF_PLUGIN_CACHE_DIR"] = str(cache)  # the provider is some 150 MB: once, not once an environment
    if endpoint_url is not None:
        ours |= {
            "AWS_ENDPOINT_URL": endpoint_url,
            "NO_PROXY": "127.0.0.1,localhost",
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",  # a copy has no lock file to break
        }
    return ours
