"""Child processes of a tool, none of which survives it. Main thread only.

Each child is the leader of a session of its own (Ctrl-C reaches only the tool, which then ends the children in order), writes into a file of a
temporary folder, and is known to the warden.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from localaws.reaper import Warden

SHOWN_LINES = 15
END_SECONDS = 10.0
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
            said = self.last_lines()
            raise ProcessDied(f"{self.name} {how}. " + (f"Its last lines:\n{said}" if said else "It said nothing."))

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


class Processes:
    """Owns the children, their folder and the warden. Leaving it ends all of them; a folder that is kept stays for the reader."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.folder = Path()
        self._children: list[Child] = []
        self._warden: Warden | None = None

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix=self._prefix))
        self._warden = Warden(self.folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop(self._children, seconds=0 if kind is KeyboardInterrupt else END_SECONDS)
        finally:
            assert self._warden is not None
            self._warden.close()

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> Child:
        """Starts a program with `environ` and the harmless part of our own environment; its output goes to `{name}.log`."""
        assert self._warden is not None
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
        self._warden.watch(process.pid)
        child = Child(name, process, output)
        self._children.append(child)
        return child

    def check(self) -> None:
        """Raises ProcessDied for the first child that runs no longer."""
        for child in self._children:
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
            self.stop([child for child in children if child in self._children], seconds)

    def stop(self, children: Sequence[Child], seconds: float) -> dict[str, int]:
        """Asks all to end, kills after `seconds`; gives the exit codes by name."""
        children = list(children)
        for child in children:
            child.terminate()
        deadline = time.monotonic() + seconds
        codes = {child.name: child.wait(deadline - time.monotonic()) for child in children}
        assert self._warden is not None
        for child in children:
            self._warden.forget(child.pid)
            self._children.remove(child)
        return codes

    def keep_folder(self) -> Path:
        """The folder stays; gives its path, to be told."""
        assert self._warden is not None
        self._warden.keep_folder()
        return self.folder


def _harmless(environ: Mapping[str, str]) -> dict[str, str]:
    """No AWS_*, no OTEL_*, none of our own settings, no proxy: a local run is the same on every machine."""
    return {
        name: value for name, value in environ.items() if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
