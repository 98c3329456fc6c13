"""`async def` handlers: on one event loop in one daemon thread, started with the first of them.

The worker's thread waits for its coroutine, so that a slot means the same for both kinds of handler. A handler that blocks the loop blocks the
others: that is what sync handlers are for.

asyncio lets SystemExit and KeyboardInterrupt out of the loop as well as into the coroutine's future: the thread then goes on with the loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from contextvars import copy_context
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from jobqueue import forks
from jobqueue.consumer.runs import JobCancelled, JobTimeout

if TYPE_CHECKING:
    from jobqueue.consumer.runs import Run


logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class AsyncHandlers:
    """Owns the event loop."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = False

    def run(self, awaitable: Awaitable[Any], run: Run) -> Any:
        """Blocks until it ended; `run.cancel` cancels it. The caller's context variables go with it.

        Raises:
            JobTimeout: it was cancelled at its deadline; its stack shows where it was.
            JobCancelled: the same because its job was cancelled.
            BaseException: whatever the handler raised.
        """
        loop = self._started_loop()
        try:
            return asyncio.run_coroutine_threadsafe(_cancellable(awaitable, run, loop), loop).result()
        except CancelledError as error:
            raise RuntimeError("the handler cancelled itself") from error

    def call(self, awaitable: Awaitable[Result]) -> Result:
        """The same for what is no job: its result, or what it raises."""

        async def awaited() -> Result:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(awaited(), self._started_loop()).result()

    def cancel_all(self) -> None:
        """Cancels whatever is on the loop; blocks until it has ended."""
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._started_loop()).result()

    def close(self) -> None:
        """Ends the thread; a coroutine that still runs is left where it is."""
        with self._lock:
            self._closing = True
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._loop.stop)

    def _started_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                loop = asyncio.new_event_loop()
                Thread(target=self._turn, args=(loop,), name="async-handlers", daemon=True).start()
                self._loop = loop  # not before: where no thread can be started, the next job tries again
            return self._loop

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._closing:
            try:
                loop.run_forever()
            except (SystemExit, KeyboardInterrupt) as error:
                logger.warning("an async handler raised %r; the event loop goes on", error)
        if not asyncio.all_tasks(loop):
            loop.close()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others)


async def _cancellable(awaitable: Awaitable[Any], run: Run, loop: asyncio.AbstractEventLoop) -> Any:
    task = asyncio.current_task()
    if task is not None:
        run.cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        if run.stuck or run.context.cancelled:  # before the loop came to it: who noticed it saw nothing to cancel
            task.cancel()
    try:
        return await awaitable
    except asyncio.CancelledError as error:
        if run.stuck:
            raise JobTimeout(f"cancelled after {run.timeout:g} s") from error
        if run.context.cancelled:
            raise JobCancelled(run.context.cancel_reason) from error
        raise
    finally:
        forks.end_child()


async def in_a_thread(work: Callable[[], Result]) -> Result:
    """What `work` gives or raises, from a daemon thread of its own: the loop turns on meanwhile. Cancelled, it leaves the thread to itself.

    Not `asyncio.to_thread`: its threads are joined at exit, so that one hung call would hold the stop.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def finish(result: Result | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)  # type: ignore[arg-type]
        else:
            future.set_exception(error)

    def run() -> None:
        try:
            result, error = work(), None
        except BaseException as raised:  # noqa: BLE001 (given to the one who awaits)
            result, error = None, raised
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(finish, result, error)

    Thread(target=copy_context().run, args=(run,), name="off-the-loop", daemon=True).start()
    return await future
