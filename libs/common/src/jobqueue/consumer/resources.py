"""What handlers need once a process: an HTTP session, a pool of connections, a client. Opened before the first receive, closed after the drain.

Owns the event loop as well, since what an async context manager opens belongs to the loop of the handlers that use it.
"""

from __future__ import annotations

import logging
import os
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, Self

from jobqueue.consumer.policy import StopPolicy

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from jobqueue.consumer.async_handlers import AsyncHandlers
    from jobqueue.consumer.catalogue import OpenResources

logger = logging.getLogger(__name__)

NOT_CLOSED = "resources did not close within %g s (RESOURCES_CLOSE_SECONDS); the process ends without them"


class ResourcesError(Exception):
    """The resources cannot be opened: a database that does not answer, a wrong password. Stop at start."""


class OpeningStopped(BaseException):
    """Somebody asked the worker to stop while its resources were being opened; those that were open already are left."""


class Resources:
    """A context manager around a worker's life. `value` is what handlers see as `context.resources`."""

    def __init__(
        self,
        open_resources: OpenResources | None = None,
        settings: object = None,
        close_seconds: float = StopPolicy.resources_close_seconds,
    ) -> None:
        self.value: Any = None
        self._open = open_resources
        self._settings = settings
        self._close_seconds = close_seconds
        self._opening = False
        self._stopped = False
        self._decided, self._ended = Event(), Event()
        self._lock = Lock()
        self._loop: AsyncHandlers | None = None
        self._close: Callable[[], object] | None = None

    @classmethod
    def of(cls, value: object) -> Self:
        """Resources that somebody else opens and closes."""
        resources = cls()
        resources.value = value
        return resources

    def event_loop(self) -> AsyncHandlers:
        """That of all async handlers, made when it is first asked for. Any thread."""
        from jobqueue.consumer.async_handlers import AsyncHandlers  # asyncio: for those who use it

        with self._lock:
            if self._loop is None:
                self._loop = AsyncHandlers()
            return self._loop

    def stop_opening(self) -> None:
        """Ends an `__enter__` that is under way; without one it does nothing. In a signal handler of the thread that enters.

        Raises:
            OpeningStopped: into whatever opens just now, so that the `with` statements around it leave what they opened.
        """
        if self._opening:
            self._opening, self._stopped = False, True
            self._decided.set()
            raise OpeningStopped

    def __enter__(self) -> Self:
        """Opens them; blocks for as long as that takes.

        Raises:
            ResourcesError: whatever they raised is its cause. OpeningStopped: see `stop_opening`.
        """
        if self._open is not None:
            Thread(target=self._bound_stop, name="opening", daemon=True).start()
            try:
                self._opening = True
                self.value = self._entered(self._open(self._settings))
            except Exception as error:
                self._end_loop()
                raise ResourcesError(f"the resources cannot be opened: {type(error).__name__}: {error}") from error
            finally:
                self._opening = False
                self._decided.set()
                self._ended.set()
        return self

    def _bound_stop(self) -> None:
        """Ends the process where what was opened already cannot be left in time: nothing was received yet."""
        self._decided.wait()
        if self._stopped and not self._ended.wait(self._close_seconds):
            logger.warning(NOT_CLOSED, self._close_seconds)
            os._exit(0)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes them, for at most RESOURCES_CLOSE_SECONDS; what goes wrong is logged, since the jobs are done."""
        if self._close is not None:
            closing = Thread(target=self._closed, args=(self._close,), name="resources", daemon=True)
            closing.start()
            closing.join(self._close_seconds)
            if closing.is_alive():
                logger.warning(NOT_CLOSED, self._close_seconds)
        self._end_loop()

    def _entered(self, manager: AbstractContextManager[Any] | AbstractAsyncContextManager[Any]) -> Any:
        if isinstance(manager, AbstractAsyncContextManager):
            loop = self.event_loop()
            self._close = lambda: loop.call(manager.__aexit__(None, None, None))
            try:
                return loop.call(manager.__aenter__())
            except OpeningStopped:  # in this thread; what the coroutine opened is left on the loop
                loop.cancel_all()
                raise
        if isinstance(manager, AbstractContextManager):
            self._close = lambda: manager.__exit__(None, None, None)
            return manager.__enter__()
        raise TypeError(f"they are no context manager but {type(manager).__name__}: is @contextmanager missing?")

    def _closed(self, close: Callable[[], object]) -> None:
        try:
            close()
        except BaseException:
            logger.warning("resources could not be closed", exc_info=True)

    def _end_loop(self) -> None:
        if self._loop is not None:
            self._loop.close()
