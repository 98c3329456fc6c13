"""TCP relay between a container and a server on loopback, which records when the first call of an operation came.

It passes bytes on and looks for one word in what the container sends: nothing is delayed and nothing is changed.
Threads of its own accept connections and pass bytes on.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Self

_CHUNK = 65536


class Relay:
    """Owns a listening socket at `listen` (any free port) and the connections through it."""

    def __init__(self, listen: str, target: tuple[str, int], word: bytes) -> None:
        self._target = target
        self._word = word
        self._came = Event()
        self._at = 0.0
        self._listener = socket.create_server((listen, 0))
        self._open: list[socket.socket] = [self._listener]
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        Thread(target=self._accept, name="relay", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def wait(self, seconds: float) -> float | None:
        """When the word came, in seconds since the epoch; None where it did not come in time."""
        return self._at if self._came.wait(seconds) else None

    def _accept(self) -> None:
        with suppress(OSError):  # closed: the end
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                Thread(target=self._pass_on, args=(near, far, self._word), name="relay up", daemon=True).start()
                Thread(target=self._pass_on, args=(far, near, None), name="relay down", daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, word: bytes | None) -> None:
        before = b""
        with suppress(OSError):
            while chunk := source.recv(_CHUNK):
                if word is not None and word in before + chunk and not self._came.is_set():
                    self._at = time.time()
                    self._came.set()
                before = chunk[-len(self._word) :]
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)
