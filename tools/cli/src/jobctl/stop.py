"""Ctrl-C as a flag, so that a tool is not interrupted in the middle of its work. Main thread only.

The first SIGINT, SIGTERM or SIGHUP only sets a flag, which the tool checks wherever it waits: so no child is ever started and forgotten. A second
signal raises KeyboardInterrupt at once.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from threading import Event
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):  # noqa: N818 (not an error: the person asked for it)
    """Somebody asked the tool to end."""


class StopSignals:
    """Owns the handlers of the three signals while it is entered."""

    def __init__(self) -> None:
        self._told = Event()
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], Any] | int | None] = {}

    def __enter__(self) -> Self:
        for number in SIGNALS:
            self._before[number] = signal.signal(number, self._obey)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raises Stopped when a signal came."""
        if self._told.is_set():
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Sleep, at most until a signal comes.

        Raises:
            Stopped: a signal came, now or earlier.
        """
        self._told.wait(seconds)
        self.check()

    def _obey(self, number: int, frame: FrameType | None) -> None:
        if self._told.is_set():
            raise KeyboardInterrupt
        self._told.set()
