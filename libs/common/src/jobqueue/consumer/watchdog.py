"""Does a handler hang, and is the worker still of use? Layer 2; looked at by the consumer's main thread about once a second."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobqueue.consumer.ports import Observer
    from jobqueue.consumer.runs import Run
    from jobqueue.messages.delivery import Delivery

logger = logging.getLogger(__name__)

HOPELESS_FACTOR = 2
"""A worker with a handler that runs this many times its timeout is replaced."""


class Watchdog:
    """Marks handlers past their timeout, once each: context, lease, metric, one log line with the handler's stack; cancels async ones."""

    def __init__(self, *, slots: int, observer: Observer, abandon: Callable[[Delivery], None]) -> None:
        self._slots = slots
        self._observer = observer
        self._abandon = abandon
        self.stuck = 0

    def look(self, runs: list[Run], now: float) -> str | None:
        """Why this worker must be replaced, or None."""
        for run in runs:
            if not run.stuck and run.age(now) >= run.timeout:
                self._mark(run, now)
        stuck = [run for run in runs if run.stuck]
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
        self._abandon(run.delivery)
        self._observer.stuck(run.delivery, run.job, run.age(now))
        frame = sys._current_frames().get(run.thread_id)  # noqa: SLF001 (documented, for exactly this)
        logger.error(
            "job hangs: past its timeout of %g s. Its lease is no longer renewed; another worker will get it",
            run.timeout,
            extra={
                "jobId": run.job.job_id,
                "correlationId": run.job.correlation_id,
                "jobType": run.job.type,
                "seconds": round(run.age(now), 1),
                "stack": "".join(traceback.format_stack(frame)) if frame else "",
            },
        )
        if run.cancel is not None:
            run.cancel()
