"""Terraform commands on real states, run as child processes and stopped by Terraform's own interrupt.

It has the person's own environment (credentials, proxies, provider mirror), and a stop is Terraform's own: the first Ctrl-C asks it to end what it
has begun, write the state and release the lock, and is waited for; the second kills it. If this process is killed, Terraform goes on to
its end alone.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jobctl.stop import Stopped

if TYPE_CHECKING:
    from jobctl.stop import StopSignals

LOOK_SECONDS = 0.05
_ERROR = re.compile(r"^[ \t│|╷]*Error: ", re.MULTILINE)
ENDING = "Terraform ends what it has begun, writes the state and unlocks it. Ctrl-C again kills it, and it cannot."
Tell = Callable[[str], None]


class TerraformEnded(Exception):  # noqa: N818 (says what happened)
    """Terraform ended with an error. `output` is all that it wrote; `explain` turns it into what a person reads."""

    def __init__(self, command: str, output: str) -> None:
        super().__init__(command, output)
        self.command = command
        self.output = output

    def __str__(self) -> str:
        found = _ERROR.search(self.output)
        return f"{self.command}\n{self.output[found.start() :] if found else self.output}".rstrip()


class Program:
    """Runs commands, one at a time. Owns nothing but their output files in `folder`."""

    def __init__(
        self, stop: StopSignals, folder: Path, environ: Mapping[str, str], *, tell: Tell, descriptor: int | None = None
    ) -> None:
        """`descriptor`: of `Running`, which every child keeps open."""
        self._stop = stop
        self._folder = folder
        self._environ = dict(environ)
        self._tell = tell
        self._descriptors = () if descriptor is None else (descriptor,)
        self._runs = 0

    def run(
        self,
        root: Path,
        kept_in: Path,
        *arguments: str,
        accepted: tuple[int, ...] = (0,),
        line: Tell | None = None,
    ) -> tuple[int, str]:
        """The exit code and the output (stdout, then for an error stderr) of a command in `root`, whose `.terraform` is `kept_in`.

        `line` is called with each line as it is written.

        Raises:
            TerraformEnded: another exit code than those accepted.
            Stopped: somebody asked us to end; it has ended well.
            KeyboardInterrupt: the same twice; it was killed.
        """
        self._stop.check()
        self._runs += 1
        command = ["terraform", f"-chdir={root}", *arguments]
        output, errors = (self._folder / f"{self._runs:03}.{kind}" for kind in ("out", "err"))
        with output.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**self._environ, "TF_DATA_DIR": str(kept_in)},
                start_new_session=True,  # Ctrl-C reaches us alone, and we tell it
                pass_fds=self._descriptors,
            )
        self._wait(process, output, line)
        said, wrong = output.read_text(errors="replace"), errors.read_text(errors="replace")
        if process.returncode not in accepted:
            raise TerraformEnded(f"terraform {' '.join(arguments)}", f"{said}{wrong}")
        return process.returncode, said

    def _wait(self, process: subprocess.Popen[bytes], output: Path, line: Tell | None) -> None:
        try:
            with output.open(errors="replace") as written:
                try:
                    while process.poll() is None:
                        self._stop.wait(LOOK_SECONDS)
                        if line is not None:
                            for one in written:
                                line(one.rstrip("\n"))
                except Stopped:
                    self._tell(ENDING)
                    with suppress(ProcessLookupError):
                        process.send_signal(signal.SIGINT)
                    process.wait()
                    raise
        except KeyboardInterrupt:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise


def environment(environ: Mapping[str, str], endpoint_url: str | None) -> dict[str, str]:
    """The environment of Terraform: the person's own, without what would make it ask questions or use another state."""
    dropped = {"TF_WORKSPACE", "TF_CLI_ARGS", "TF_LOG"}
    made = {
        name: value for name, value in environ.items() if name not in dropped and not name.startswith("TF_CLI_ARGS_")
    }
    made |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    if not {"TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR"} & made.keys():
        cache = Path.home() / ".terraform.d" / "plugin-cache"  # where Terraform's own documentation puts it
        cache.mkdir(parents=True, exist_ok=True)
        made["TF_PLUGIN_CACHE_DIR"] = str(cache)  # the provider is some 150 MB: once, not once an environment
    if endpoint_url is not None:
        made |= {
            "AWS_ENDPOINT_URL": endpoint_url,
            "NO_PROXY": "127.0.0.1,localhost",
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",  # a copy has no lock file to break
        }
    return made
