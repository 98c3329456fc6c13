"""How do `scale`, `kill`, `logs` and `down` find what `up` has started? A file in the checkout, locked while it runs. Layer: tools, main thread.

The lock goes with the process that holds it, however that ends: a note without a lock is what a killed tool left behind.
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

from jobtools.infra.tree import REPOSITORY

FILE = REPOSITORY / ".stage.json"


class NothingUp(Exception):  # noqa: N818 (says what is wrong)
    """Nothing runs that could be scaled, killed or read."""


class AlreadyUp(Exception):  # noqa: N818 (says what is wrong)
    """This checkout's stage is up in another process."""


@dataclass(frozen=True)
class Note:
    """Where a stage is: the process that keeps it, the local AWS, what the stack is called there. `log_groups`: by service."""

    process_id: int
    endpoint: str
    cluster: str
    services: dict[str, str]
    log_groups: dict[str, str]


class Claim:
    """This checkout's only stage is ours while it is entered; `tell` says where it is."""

    def __init__(self, file: Path = FILE) -> None:
        self._path = file
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Raises AlreadyUp where another process has it."""
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not _lock(self._descriptor):
            os.close(self._descriptor)
            raise AlreadyUp("It is up already, in another terminal. End that one: nox -s local -- down")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(FileNotFoundError):
            self._path.unlink()
        os.close(self._descriptor)

    def tell(self, note: Note) -> None:
        """Leaves it for the other commands."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(asdict(note), indent=2).encode() + b"\n", 0)


def running(file: Path = FILE) -> Note:
    """The note of a stage that is up.

    Raises:
        NothingUp: there is none, or it is still starting.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NothingUp(_START_IT) from None
    try:
        if _lock(descriptor):
            raise NothingUp(_START_IT)
        text = file.read_text()
    finally:
        os.close(descriptor)
    if not text:
        raise NothingUp("It is still starting: wait until `up` says that it is up.")
    return Note(**json.loads(text))


_START_IT = "Nothing is up. Start it in another terminal: nox -s local -- up"


def _lock(descriptor: int) -> bool:
    """False where another process holds the lock. Locks of our own process count as another's: each open file has its own."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
