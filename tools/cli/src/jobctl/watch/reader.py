"""The thread that reads for a screen, repeatedly, and posts the results to it; it never touches a widget.

It is a daemon: a call that hangs does not delay the end of the program. Work that must not be cut short belongs elsewhere (see `redrive_thread`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import Any

from textual.message import Message

from jobctl.watch.part import Part
from jobctl.watch.snapshot import ReadError


class Loaded(Message, bubble=False):
    """The value that was read."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class LoadFailed(Message, bubble=False):
    """The read failed: AWS refused, or nothing was found."""

    def __init__(self, error: ReadError) -> None:
        super().__init__()
        self.error = error


class Crashed(Message, bubble=False):
    """An unexpected error: the view ends with it."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Reader(Thread):
    """Calls `read`, posts `Loaded` or `LoadFailed`, waits `every_seconds` (longer after a failure), until `stop`.

    `every_seconds` None: reads again only when `now` is called. `post` is a widget's `post_message`, which any thread may call. `done` is called
    with the value; True ends the repetition until `now`.
    """

    def __init__(
        self,
        read: Callable[[], Any],
        post: Callable[[Message], object],
        *,
        every_seconds: float | None,
        stack: str,
        done: Callable[[Any], bool] = lambda _: False,
    ) -> None:
        super().__init__(name="reading", daemon=True)
        self._read = read
        self._post = post
        self._every_seconds = every_seconds
        self._stack = stack
        self._done = done
        self._wake = Event()
        self._stopped = Event()

    def now(self) -> None:
        """Reads again without waiting. Any thread."""
        self._wake.set()

    def stop(self) -> None:
        """Stops reading and posting. Any thread."""
        self._stopped.set()
        self._wake.set()

    def run(self) -> None:
        """Reads, posts and waits, until `stop`."""
        part = Part(self._read, self._every_seconds or 0.0)
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                pause = part.read(self._stack)
            except Exception as error:  # noqa: BLE001 (the top of the loop: what is not AWS's is posted, and ends the view)
                self._tell(Crashed(error))
                return
            if part.error is not None:
                self._tell(LoadFailed(part.error))
            else:
                self._tell(Loaded(part.value))
            ended = part.error is None and self._done(part.value)
            self._wake.wait(None if ended or self._every_seconds is None else pause)

    def _tell(self, message: Message) -> None:
        if not self._stopped.is_set():
            with suppress(RuntimeError):  # the view's loop has just ended
                self._post(message)
