"""Progress on the terminal: the running step with its duration, and the phase that comes next.

On a terminal the line of a running step is written anew each second; elsewhere (CI, a file) a line is written once and never changed, and a step that
takes long is reported every minute. `note` and `say` may be called from any thread.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, RLock, Thread
from typing import TextIO

from jobctl.stop import Stopped
from jobctl.views.visible import one_line, visible

TERMINAL_SECONDS = 1.0
PLAIN_SECONDS = 60.0
_CLEAR = "\r\x1b[K"


class Progress:
    """Writes to stdout. A step that fails says so and lets the error pass."""

    def __init__(self, out: TextIO | None = None, *, plain_seconds: float = PLAIN_SECONDS) -> None:
        self._out = sys.stdout if out is None else out
        self._terminal = self._out.isatty()
        self._every = TERMINAL_SECONDS if self._terminal else plain_seconds
        self._began = time.monotonic()
        self._lock = RLock()
        self._phases: list[str] = []
        self._step: str | None = None
        self._step_began = 0.0
        self._note = ""
        self._broken = False  # something was written since the step's line began

    def phases(self, names: Sequence[str]) -> None:
        """Set the phases to come, in this order: `phase` counts them and names the next."""
        self._phases = list(names)

    def phase(self, name: str) -> None:
        """Begin one of `phases`."""
        at = self._phases.index(name)
        following = f"   (next: {self._phases[at + 1]})" if at + 1 < len(self._phases) else ""
        self.say(f"\n[{at + 1}/{len(self._phases)}] {name}{following}")

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Context manager of a step. Yields a list: what is put in it is shown beside the duration."""
        with self._lock:
            self._write(f"{name} ... ")
            self._step, self._step_began, self._note, self._broken = name, time.monotonic(), "", False
        notes: list[str] = []
        ended = Event()
        ticker = Thread(target=self._tick, args=(ended,), name="progress", daemon=True)
        ticker.start()
        try:
            yield notes
        except (Stopped, KeyboardInterrupt):
            self._close(ended, ticker, name, f"stopped after {self._elapsed():.1f} s")
            raise
        except BaseException:
            self._close(ended, ticker, name, f"FAILED after {self._elapsed():.1f} s")
            raise
        details = f" ({', '.join(notes)})" if notes else ""
        self._close(ended, ticker, name, f"ok, {self._elapsed():.1f} s{details}")

    def note(self, text: str) -> None:
        """Note the progress of the running step; only the last note is shown."""
        with self._lock:
            self._note = one_line(text)
            if self._terminal:
                self._redraw()

    def say(self, text: str) -> None:
        """Write whole lines, also in the middle of a step. Foreign text (the end of a task's output) is escaped by `jobctl.views.visible`."""
        text = visible(text)
        with self._lock:
            if self._terminal and self._step is not None:
                self._write(f"{_CLEAR}{text}\n")
                self._redraw()
                return
            self._write(f"\n{text}\n" if self._step is not None and not self._broken else f"{text}\n")
            self._broken = True

    def end(self) -> None:
        """The last line."""
        self.say(f"All of it took {time.monotonic() - self._began:.0f} s.")

    def _tick(self, ended: Event) -> None:
        while not ended.wait(self._every):
            with self._lock:
                if ended.is_set():
                    return
                if self._terminal:
                    self._redraw()
                else:
                    self.say(f"  {self._step}: still at it after {self._elapsed():.0f} s{self._noted()}")

    def _close(self, ended: Event, ticker: Thread, name: str, text: str) -> None:
        ended.set()
        with self._lock:
            again = f"{_CLEAR}{name} ... " if self._terminal else f"{name} ... " if self._broken else ""
            self._write(f"{again}{text}\n")
            self._step = None
        ticker.join()

    def _redraw(self) -> None:
        if self._step is not None:
            self._write(f"{_CLEAR}{self._step} ... {self._elapsed():.0f} s{self._noted()} ")

    def _noted(self) -> str:
        return f", {self._note}" if self._note else ""

    def _elapsed(self) -> float:
        return time.monotonic() - self._step_began

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
