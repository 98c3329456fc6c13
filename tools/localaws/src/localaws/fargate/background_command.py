"""A long docker command, run in a thread of its own, so that the task's thread can go on reading its inbox.

`tell` is called from the command's thread; `start` and `cancel` from the task's.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event as Flag
from threading import Lock, Semaphore, Thread

from localaws.docker import Docker, NoDocker, kill

LOOK_SECONDS = 0.1
"""How often a command that waits for its turn looks whether it was cancelled."""
GIVE_UP_SECONDS = 10.0
"""Time that Compose has to end after SIGTERM."""


@dataclass(frozen=True)
class Began:
    """The command starts."""


@dataclass(frozen=True)
class Ended:
    """The command ended."""

    code: int
    output: str


class BackgroundCommand:
    """One command. `tell` is called from its thread: `Began`, then `Ended`, unless it is cancelled."""

    def __init__(self, docker: Docker, turn: Semaphore, tell: Callable[[Began | Ended], None]) -> None:
        self._docker = docker
        self._turn = turn
        self._tell = tell
        self._lock = Lock()
        self._cancelled = Flag()
        self._process: subprocess.Popen[str] | None = None
        self._thread: Thread | None = None

    def start(self, arguments: Sequence[str], text: str, env: Mapping[str, str]) -> None:
        """Start the thread; the command waits for its turn. `text` is the command's stdin."""
        self._thread = Thread(target=self._run, args=(arguments, text, env), name="docker-command", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Cancel the command, waiting or running, and wait until its thread has ended."""
        self._cancelled.set()
        with self._lock:
            process = self._process
        if process is not None:
            with suppress(ProcessLookupError):
                process.terminate()
        if self._thread is not None:
            self._thread.join(GIVE_UP_SECONDS)
            if process is not None and self._thread.is_alive():
                kill(process)
            self._thread.join()

    def _run(self, arguments: Sequence[str], text: str, env: Mapping[str, str]) -> None:
        while not self._turn.acquire(timeout=LOOK_SECONDS):
            if self._cancelled.is_set():
                return
        try:
            self._take_turn(arguments, text, env)
        finally:
            self._turn.release()

    def _take_turn(self, arguments: Sequence[str], text: str, env: Mapping[str, str]) -> None:
        with self._lock:
            if self._cancelled.is_set():
                return
            try:
                process = self._docker.start(*arguments, stdin=subprocess.PIPE, env=env)
            except NoDocker as error:
                self._tell(Ended(1, str(error)))
                return
            self._process = process
        self._tell(Began())
        output, _ = process.communicate(text)
        if not self._cancelled.is_set():
            self._tell(Ended(process.returncode, output.strip()))
