"""Display of progress: a line that is redrawn on a terminal; elsewhere a plain line for each change, one a second at most."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from devkit.demo.progress import Progress

LINE_SECONDS = 1.0


class ProgressView:
    """Context manager that owns the redrawn line."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, transient=True, auto_refresh=False) if console.is_terminal else None
        self._began = time.monotonic()
        self._last: Progress | None = None
        self._last_at = 0.0

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, progress: Progress, *, last: bool = False) -> None:
        """May be called at any rate; `last` prints at once."""
        now = time.monotonic()
        text = Text(f"{line_of(progress)}  {now - self._began:.0f} s")
        if self._live is not None:
            both = Table.grid()
            both.add_row(ProgressBar(total=max(progress.planned, 1), completed=progress.finished, width=60))
            both.add_row(text)
            self._live.update(both, refresh=True)
        elif progress != self._last and (last or now - self._last_at >= LINE_SECONDS):
            self._console.print(text)
            self._last, self._last_at = progress, now


def line_of(progress: Progress) -> str:
    """One line of at most 80 columns."""
    line = f"sent {progress.sent}/{progress.planned}  completed {progress.completed}  dead letters {progress.dead}"
    under_way = progress.sent - progress.finished
    if under_way:
        line += f"  under way {under_way}"
    return line + (f"  tried again {progress.again}" if progress.again else "")
