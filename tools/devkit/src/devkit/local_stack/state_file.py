"""The file in the checkout by which `scale`, `kill`, `logs` and `down` find what `up` has started.

It is locked while the local stack is up, and the lock ends with its process, however that ends: a file without a lock was left by a killed `up`.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from jobctl.checkout import REPOSITORY

FILE = REPOSITORY / ".local-stack.json"


class NotRunningError(Exception):
    """The local stack is not up."""


class AlreadyRunningError(Exception):
    """This checkout's local stack is up in another process."""


@dataclass(frozen=True)
class State:
    """Where the local stack is: its process, the local AWS, and the names of the cluster, services and log groups there. `log_groups`: by service."""

    process_id: int
    endpoint: str
    cluster: str
    services: dict[str, str]
    log_groups: dict[str, str]


class StateFile:
    """The right to run this checkout's only local stack, held within the context; `write` tells the other commands where it is."""

    def __init__(self, file: Path = FILE) -> None:
        self._path = file
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Raises AlreadyRunningError if another process holds it."""
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not _lock(self._descriptor):
            os.close(self._descriptor)
            raise AlreadyRunningError("It is up already, in another terminal. End that one: nox -s local -- down")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(FileNotFoundError):
            self._path.unlink()
        os.close(self._descriptor)

    def write(self, state: State) -> None:
        """Writes the state for the other commands."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(asdict(state), indent=2).encode() + b"\n", 0)


def running(file: Path = FILE) -> State:
    """The state of a local stack that is up.

    Raises:
        NotRunningError: there is none, or it is still starting.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotRunningError(_START_IT) from None
    try:
        if _lock(descriptor):
            raise NotRunningError(_START_IT)
        text = file.read_text()
    finally:
        os.close(descriptor)
    if not text:
        raise NotRunningError("It is still starting: wait until `up` says that it is up.")
    return State(**json.loads(text))


_START_IT = "Nothing is up. Start it in another terminal: nox -s local -- up"


def _lock(descriptor: int) -> bool:
    """False if the lock is held, also by this process through another open file."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
