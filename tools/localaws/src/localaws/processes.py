"""Child processes of a tool, none of which survives it. Main thread only.

Each child is the leader of a session of its own (Ctrl-C reaches only the tool, which then ends the children in order), writes into a file of a
temporary folder, and is known to the reaper.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from localaws.reaper import Reaper

SHOWN_LINES = 15
END_SECONDS = 10.0
START_SECONDS = 60.0
LOOK_SECONDS = 0.02
_ANNOUNCEMENT = "listening "
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "TZ", "VIRTUAL_ENV")
_PASSED_ON_PREFIXES = ("LC_", "PYTHON", "COVERAGE")


class ProcessDied(Exception):  # noqa: N818 (says what happened)
    """A child that should run has ended. The text says which, how, and its last lines."""


class Child:
    """One running program. Made by `Processes.start`."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], output: Path) -> None:
        self.name = name
        self.output = output
        self.pid = process.pid
        self._process = process

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def check(self) -> None:
        """Raises ProcessDied when it runs no longer."""
        code = self.exit_code()
        if code is not None:
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            output = self.last_lines()
            raise ProcessDied(
                f"{self.name} {how}. " + (f"Its last lines:\n{output}" if output else "It wrote nothing.")
            )

    def last_lines(self, most: int = SHOWN_LINES) -> str:
        """The end of what it wrote, indented."""
        lines = self.output.read_text(errors="replace").splitlines()[-most:]
        return "\n".join(f"  {line}" for line in lines)

    def terminate(self) -> None:
        """Asks it to end."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> int:
        """Its exit code; when it takes longer than `seconds`, it and what it started are killed."""
        try:
            return self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            return self._process.wait()


@dataclass(frozen=True)
class StartingServer:
    """A server that is starting; several may start at once. It announces itself by a line `listening http://...`."""

    child: Child

    def endpoint(self, wait: Callable[[float], object] = time.sleep) -> str:
        """Waits until it listens. `wait` is called with seconds, again and again.

        Raises:
            ProcessDied: it ended, or did not answer in 60 s; the text says why.
            What `wait` raises.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for line in self.child.output.read_text(errors="replace").splitlines(keepends=True):
                if line.startswith(_ANNOUNCEMENT) and line.endswith("\n"):
                    return line.removeprefix(_ANNOUNCEMENT).strip()
            self.child.check()
            wait(LOOK_SECONDS)
        raise ProcessDied(f"{self.child.name} did not answer in {START_SECONDS:.0f} s.\n{self.child.last_lines()}")


class Processes:
    """Owns the children, their folder and the reaper. Leaving it ends all of them; a folder that is kept stays for the reader."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.folder = Path()
        self.children: list[Child] = []
        self._reaper: Reaper | None = None

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix=self._prefix))
        self._reaper = Reaper(self.folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop(self.children, seconds=0 if kind is KeyboardInterrupt else END_SECONDS)
        finally:
            assert self._reaper is not None
            self._reaper.close()

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> Child:
        """Starts a program with `environ` and the harmless part of our own environment. Its output goes to `{name}.log`: no name twice."""
        assert self._reaper is not None
        output = self.folder / f"{name}.log"
        with output.open("wb") as file:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**_harmless(os.environ), **environ},
                start_new_session=True,
            )
        self._reaper.watch(process.pid)
        child = Child(name, process, output)
        self.children.append(child)
        return child

    def start_server(
        self, name: str, module: str, *arguments: str, environ: Mapping[str, str] | None = None
    ) -> StartingServer:
        """Starts a Python module that serves HTTP; see `StartingServer`."""
        command = [sys.executable, "-m", module, *arguments]
        return StartingServer(self.start(name, command, {"PYTHONUNBUFFERED": "1", **(environ or {})}))

    def check(self) -> None:
        """Raises ProcessDied for the first child that runs no longer."""
        for child in self.children:
            child.check()

    @contextmanager
    def ended_first(self, children: Sequence[Child], seconds: float) -> Iterator[None]:
        """Context manager that ends these children on leaving, before what they need for that (a server, a receiver) is closed."""
        try:
            yield
        except KeyboardInterrupt:
            seconds = 0
            raise
        finally:
            self.stop([child for child in children if child in self.children], seconds)

    def stop(self, children: Sequence[Child], seconds: float) -> dict[str, int]:
        """Asks all to end, kills after `seconds`; gives the exit codes by name."""
        children = list(children)
        for child in children:
            child.terminate()
        deadline = time.monotonic() + seconds
        codes = {child.name: child.wait(deadline - time.monotonic()) for child in children}
        assert self._reaper is not None
        for child in children:
            self._reaper.forget(child.pid)
            self.children.remove(child)
        return codes

    def keep_folder(self) -> Path:
        """The folder stays; gives its path, to be told."""
        assert self._reaper is not None
        self._reaper.keep_folder()
        return self.folder


def _harmless(environ: Mapping[str, str]) -> dict[str, str]:
    """No AWS_*, no OTEL_*, none of our own settings, no proxy: a local run is the same on every machine."""
    return {
        name: value for name, value in environ.items() if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
