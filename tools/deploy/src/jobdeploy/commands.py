"""Commands of other programs (Terraform, Docker), run as child processes and ended by Ctrl-C.

The first Ctrl-C asks the command to end, and is waited for; the second kills it. If this process is killed, the command goes on to its end alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, TextIO

from jobctl.stop import Stopped

if TYPE_CHECKING:
    from jobctl.stop import StopSignals

POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code, stdout and stderr."""

    code: int
    output: str
    errors: str


def run_command(
    stop: StopSignals,
    command: Sequence[str],
    environ: Mapping[str, str],
    interrupt: Callable[[subprocess.Popen[bytes]], None],
    *,
    folder: Path | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Ended:
    """Run a command to its end. `interrupt` asks it to end; `on_line` is called with each line of stdout as it is written.

    Its output is kept in files that only this user can read, and is gone afterwards: plans hold values that nobody else should see.

    Raises:
        FileNotFoundError: there is no such program.
        Stopped: somebody asked us to end; the command has ended.
        KeyboardInterrupt: the same twice; the command was killed.
    """
    stop.check()
    with (
        NamedTemporaryFile() as output,
        NamedTemporaryFile() as errors,
        Path(output.name).open(errors="replace") as lines,
    ):
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,  # Ctrl-C reaches us alone, and we interrupt it
        )
        try:
            _wait(stop, process, lines, on_line)
        except Stopped:
            with suppress(ProcessLookupError):
                interrupt(process)
            while process.poll() is None:  # `wait` would not notice a second signal that comes just before it
                time.sleep(POLL_SECONDS)
            raise
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return Ended(process.returncode, *(Path(one.name).read_text(errors="replace") for one in (output, errors)))


def _wait(
    stop: StopSignals, process: subprocess.Popen[bytes], lines: TextIO, on_line: Callable[[str], None] | None
) -> None:
    while process.poll() is None:
        stop.wait(POLL_SECONDS)
        if on_line is not None:
            for line in lines:
                on_line(line.rstrip("\n"))
