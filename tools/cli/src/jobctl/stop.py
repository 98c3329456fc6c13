"""Ctrl-C and SIGTERM as a flag, so that a tool is not interrupted in the middle of its work. Main thread only.

The first SIGINT, SIGTERM or SIGHUP only sets a flag, which the tool checks wherever it waits: so no child is ever started and forgotten. A second
signal raises KeyboardInterrupt at once.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty
from types import FrameType, TracebackType
from typing import Any, Self

import typer

from jobctl.errors import INTERRUPTED
from jobqueue.consumer.ports import QueueError
from jobqueue.mailbox import Mailbox

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):  # noqa: N818 (not an error: the person asked for it)
    """Somebody asked the tool to end."""


class StopSignals:
    """Owns the handlers of the three signals while it is entered."""

    def __init__(self) -> None:
        self._requested = False
        # A signal may interrupt the wait anywhere. The `set` of an Event there waits for a lock that the wait holds; a Mailbox has none.
        self._wake: Mailbox[None] = Mailbox()
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], Any] | int | None] = {}

    def __enter__(self) -> Self:
        for number in SIGNALS:
            self._before[number] = signal.signal(number, self._request)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raises Stopped when a signal came."""
        if self._requested:
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Sleep, at most until a signal comes.

        Raises:
            Stopped: a signal came, now or earlier.
        """
        self.check()
        with suppress(Empty):
            self._wake.get(timeout=seconds)
        self.check()

    def _request(self, number: int, frame: FrameType | None) -> None:
        if self._requested:
            raise KeyboardInterrupt
        self._requested = True
        self._wake.put(None)


@contextmanager
def stoppable() -> Iterator[StopSignals]:
    """The first Ctrl-C (or SIGTERM) stops between two steps, the second at once. `QueueError` becomes boto3's error, which `jobctl` explains."""
    try:
        with StopSignals() as stop:
            yield stop
    except (Stopped, KeyboardInterrupt):
        raise typer.Exit(INTERRUPTED) from None
    except QueueError as error:
        if isinstance(error.__cause__, Exception):
            raise error.__cause__ from None
        raise
