"""What does the person see meanwhile? A line when a step starts and its duration when it ends. Layer: tools, main thread."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    """Writes to stdout. A step that fails says so and lets the error pass."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Yields a list: what is put in it is told beside the duration."""
        print(f"{name} ...", end=" ", flush=True)
        began = time.monotonic()
        notes: list[str] = []
        try:
            yield notes
        except BaseException:
            print(f"FAILED after {time.monotonic() - began:.1f} s", flush=True)
            raise
        told = f" ({', '.join(notes)})" if notes else ""
        print(f"ok, {time.monotonic() - began:.1f} s{told}", flush=True)

    def end(self) -> None:
        """The last line."""
        print(f"All of it took {time.monotonic() - self._began:.0f} s.", flush=True)
