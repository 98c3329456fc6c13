"""Reaper: a process that cleans up after a tool, also when the tool is killed.

Its stdin is a pipe from the tool: lines `watch PID`, `forget PID`, `keep`. When the pipe ends, however the tool ended, it kills the process
groups that it still watches and removes the tool's folder, unless told to keep it. It imports the standard library only, so that it starts fast; it
runs as a script, in a session of its own, where no Ctrl-C of the terminal reaches it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

END_SECONDS = 5.0


class Reaper:
    """The tool's end of the pipe. Main thread only. Guarantees nothing about a child that is started but not yet watched."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-I", "-S", str(Path(__file__)), str(folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)

    def watch(self, pid: int) -> None:
        """Watch a process group, to be killed when the tool ends. The child must be its leader."""
        self._write(f"watch {pid}")

    def forget(self, pid: int) -> None:
        """Stop watching: the child has ended, and its PID may be reused."""
        self._write(f"forget {pid}")

    def keep_folder(self) -> None:
        """Do not remove the tool's folder."""
        self._write("keep")

    def close(self) -> None:
        """End the pipe, and wait until the reaper has cleaned up."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # somebody killed the reaper: cleaning up is left to the tool itself
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()


def _watch(folder: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: set[int] = set()
    keep = False
    for line in sys.stdin:
        word, _, pid = line.strip().partition(" ")
        if word == "watch":
            watched.add(int(pid))
        elif word == "forget":
            watched.discard(int(pid))
        keep = keep or word == "keep"
    for pid in watched:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _watch(Path(sys.argv[1]))
