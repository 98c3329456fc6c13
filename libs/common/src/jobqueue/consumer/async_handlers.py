"""Where do `async def` handlers run? Layer 2: on one event loop in one daemon thread, started with the first of them.

The worker's thread waits for its coroutine, so that a slot means the same for both kinds of handler. A handler that blocks the loop blocks the
others: that is what sync handlers are for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from jobqueue.consumer.runs import JobTimeout

if TYPE_CHECKING:
    from jobqueue.consumer.runs import Run


class AsyncHandlers:
    """Owns the event loop."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, coroutine: Coroutine[Any, Any, Any], run: Run) -> Any:
        """Blocks until the coroutine ended; `run.cancel` cancels it. The caller's context variables go with it.

        Raises:
            JobTimeout: it was cancelled at its deadline.
            Exception: whatever the handler raised.
        """
        loop = self._started_loop()
        try:
            return asyncio.run_coroutine_threadsafe(_cancellable(coroutine, run, loop), loop).result()
        except CancelledError as error:
            raise JobTimeout(f"cancelled after {run.timeout:g} s") from error

    def _started_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                Thread(target=self._loop.run_forever, name="async-handlers", daemon=True).start()
            return self._loop


async def _cancellable(coroutine: Coroutine[Any, Any, Any], run: Run, loop: asyncio.AbstractEventLoop) -> Any:
    task = asyncio.current_task()
    if task is not None:
        run.cancel = lambda: loop.call_soon_threadsafe(task.cancel)
    return await coroutine
