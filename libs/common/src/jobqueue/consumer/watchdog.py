"""Watchdog of long-running handlers: logs them, marks those that hang, and asks for the worker's replacement.

Run by the main thread about once a second.
"""

from __future__ import annotations

import gc
import logging
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from jobqueue.consumer.job_events import HUNG, STARTED, ids

if TYPE_CHECKING:
    from types import FrameType

    from jobqueue.consumer.ports import Observer
    from jobqueue.consumer.runs import Run

logger = logging.getLogger(__name__)

HOPELESS_FACTOR = 2
"""A worker with a handler that runs this many times its timeout is replaced."""

LOG_START_SECONDS = 2.0
"""Age at which the start of an attempt without a log of its own is logged on stdout; a line for each attempt would double their cost."""

CANCEL_SECONDS = 10.0
"""How long a cancelled handler may take to clean up before it counts as hanging; ours. All of them often time out together, when what they wait for
is gone: a worker whose handlers end is of use."""


class Watchdog:
    """Marks handlers past their timeout, once each: context, lease, metric, one log line with the handler's stack; cancels async ones."""

    def __init__(
        self, *, slots: int, observer: Observer, abandon: Callable[[Run], None], logs_starts: bool = False
    ) -> None:
        """`logs_starts`: jobs have no log that says when an attempt began."""
        self._slots = slots
        self._logs_starts = logs_starts
        self._observer = observer
        self._abandon = abandon
        self.stuck = 0

    def look(self, runs: list[Run], now: float) -> str | None:
        """Checks all runs; returns why this worker must be replaced, or None."""
        for run in runs:
            if self._logs_starts and not run.start_logged and run.age(now) >= LOG_START_SECONDS:
                run.start_logged = True
                logger.info(
                    "job runs",
                    extra={**ids(run.delivery, run.job), "event": STARTED, "seconds": round(run.age(now), 1)},
                )
            if not run.stuck and run.age(now) >= run.timeout:
                self._mark(run, now)
        stuck = [run for run in runs if run.stuck and not _is_ending(run, now)]
        self.stuck = len(stuck)
        if len(stuck) >= self._slots:
            return f"all {self._slots} slots are stuck"
        for run in stuck:
            if run.age(now) >= HOPELESS_FACTOR * run.timeout:
                return f"job {run.job.job_id} ({run.job.type}) runs for {run.age(now):.0f} s, twice its timeout"
        return None

    def _mark(self, run: Run, now: float) -> None:
        run.stuck = True
        run.context.timed_out = True
        self._abandon(run)
        self._observer.stuck(run.delivery, run.job, run.age(now))
        frame = _frame_of(run.thread_id)
        logger.error(
            "job hangs: past its timeout of %g s. Its lease is no longer renewed; another worker will get it",
            run.timeout,
            extra={
                **ids(run.delivery, run.job),
                "event": HUNG,
                "seconds": round(run.age(now), 1),
                "stack": "".join(traceback.format_stack(frame)) if frame else "",
            },
        )
        if run.cancel is not None:
            run.cancelled_at = now
            run.cancel()


def _frame_of(thread_id: int) -> FrameType | None:
    """What a thread does now.

    Without the garbage collector: Python 3.11 deadlocks the whole process if it collects meanwhile (https://github.com/python/cpython/issues/106883).
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames().get(thread_id)  # noqa: SLF001 (documented, for exactly this)
    finally:
        if collects:
            gc.enable()


def _is_ending(run: Run, now: float) -> bool:
    return run.cancelled_at is not None and now - run.cancelled_at < CANCEL_SECONDS
