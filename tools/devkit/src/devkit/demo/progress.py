"""Progress of the triggers, read from the received spans: asking the local AWS would slow it down.

For display and pace only; the outcome of each trigger is read from CloudWatch Logs and the dead-letter queues.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from devkit.demo.fates import SentTrigger
from jobctl.queries.span import Span
from jobqueue.telemetry import names


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of triggers. `begun`: the background job ran at least once, or the trigger is finished. `again`: attempts beyond the first."""

    planned: int
    sent: int
    begun: int
    completed: int
    dead: int
    again: int

    @property
    def finished(self) -> int:
        """Triggers that need no more work."""
        return self.completed + self.dead


def progress_of(planned: int, sent: Sequence[SentTrigger], spans: Iterable[Span], trigger_queue: str) -> Progress:
    """Progress of the triggers that were sent to `trigger_queue`."""
    begun, done, dead, main_done = set[str](), set[str](), set[str](), set[str]()
    again = 0
    for span in spans:
        if span.text(names.OPERATION_NAME) != names.PROCESS.operation:
            continue
        outcome = span.text(names.OUTCOME) or "done"
        is_main = span.text(names.DESTINATION) == trigger_queue
        if outcome == "reject":
            dead.add(span.trace_id)
        elif outcome == "duplicate":
            done.add(span.trace_id)
        elif outcome == "done":
            (main_done if is_main else done).add(span.trace_id)
        if not is_main:
            begun.add(span.trace_id)
        again += outcome == "retry"
    done |= {trigger.trace_id for trigger in sent if not trigger.wants_job and trigger.trace_id in main_done}
    ours = {trigger.trace_id for trigger in sent}
    return Progress(
        planned=planned,
        sent=len(sent),
        begun=len(ours & (begun | done | dead)),
        completed=len(ours & done),
        dead=len(ours & (dead - done)),
        again=again,
    )


def duplicates_of(spans: Iterable[Span]) -> dict[str, str]:
    """The job that stands for that of a trigger, by the trace of the trigger."""
    return {span.trace_id: same_as for span in spans if (same_as := span.text(names.SAME_AS))}


def handled_traces(spans: Iterable[Span], trigger_queue: str) -> set[str]:
    """The traces whose main job is done."""
    return {
        span.trace_id
        for span in spans
        if span.text(names.OPERATION_NAME) == names.PROCESS.operation
        and span.text(names.DESTINATION) == trigger_queue
        and not span.text(names.OUTCOME)
    }


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
        line += f"  in progress {under_way}"
    return line + (f"  retried {progress.again}" if progress.again else "")
