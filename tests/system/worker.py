"""One service as a real process. Its lines on stdout are read as they come, so that a test can wait for one."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Condition, Thread
from typing import Any

Line = dict[str, Any]

SHOWN_LINES = 15


class Worker:
    """One process of a service. `lines` holds what it wrote so far; what is no JSON object stands under `raw`."""

    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self.name = name
        self.lines: list[Line] = []
        self._changed = Condition()
        self._process = subprocess.Popen(
            command, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._reader = Thread(target=self._read, name=f"reads {name}", daemon=True)
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.poll()

    @property
    def peak_bytes(self) -> int:
        """The most memory that was resident at once, so far (VmHWM, proc_pid_status(5))."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return 1024 * int(status.split("VmHWM:")[1].split()[0])

    def send(self, number: signal.Signals) -> None:
        """Sends a signal; does nothing where the process has ended."""
        self._process.send_signal(number)

    def terminate(self) -> None:
        """Sends SIGTERM, as ECS does."""
        self.send(signal.SIGTERM)

    def end(self, seconds: float = 60) -> int:
        """Waits for its end; gives the exit code. Fails the test where it takes longer."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {seconds:.0f} s. {self.last_lines()}") from None
        self._reader.join(5)
        return code

    def kill(self) -> None:
        """Kills the process at once, at the end of a test."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self.end()

    def wait_for(self, wanted: Callable[[Line], object], *, count: int = 1, seconds: float = 60) -> list[Line]:
        """Waits until `count` lines are as wanted, and gives them. Fails the test when they do not come."""
        until = time.monotonic() + seconds
        with self._changed:
            while len(found := [line for line in self.lines if wanted(line)]) < count:
                left = until - time.monotonic()
                if left <= 0 or not self._reader.is_alive():
                    how = "is silent" if self.exit_code is None else f"ended with {self.exit_code}"
                    raise AssertionError(f"{self.name} {how}, {len(found)} of {count} lines came. {self.last_lines()}")
                self._changed.wait(min(left, 1.0))
        return found

    def wait_for_message(self, message: str, *, count: int = 1, seconds: float = 60) -> list[Line]:
        """As `wait_for`, by the line's `message`."""
        return self.wait_for(lambda line: line.get("message") == message, count=count, seconds=seconds)

    def last_lines(self) -> str:
        """The last lines, for the message of a failed test."""
        shown = "\n  ".join(json.dumps(line)[:600] for line in self.lines[-SHOWN_LINES:])
        return f"Last lines:\n  {shown}" if shown else "It said nothing."

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for raw in stream:
                line = _parsed(raw)
                with self._changed:
                    self.lines.append(line)
                    self._changed.notify_all()


def _parsed(raw: bytes) -> Line:
    try:
        line = json.loads(raw)
    except ValueError:
        line = None
    return line if isinstance(line, dict) else {"raw": raw.decode(errors="replace").rstrip()}
