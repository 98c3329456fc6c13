"""Queue of one thread, which others, signal handlers and finalizers put things into.

Not `queue.SimpleQueue`, whose `put` is as safe: a signal near the end of its `get(timeout=...)` has that wait for ever, up to Python 3.12 (it goes on
with what is left of the time, and less than nothing means without end). A worker that was told twice to stop never ended.
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from queue import Empty
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """Items in the order in which they came."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._gate = Lock()
        self._gate.acquire()

    def put(self, item: Item) -> None:
        """Any thread, any signal handler; may interrupt itself. Never blocks."""
        self._items.append(item)
        if self._gate.locked():
            with suppress(RuntimeError):  # another one released it meanwhile
                self._gate.release()

    def get(self, timeout: float) -> Item:
        """The oldest item; waits for one for `timeout` seconds. One thread only.

        Raises:
            Empty: none came.
        """
        until = time.monotonic() + timeout
        while True:
            with suppress(IndexError):
                return self._items.popleft()
            if not self._gate.acquire(timeout=max(0.0, until - time.monotonic())):
                return self.get_nowait()

    def get_nowait(self) -> Item:
        """The oldest item. One thread only.

        Raises:
            Empty: there is none.
        """
        try:
            return self._items.popleft()
        except IndexError:
            raise Empty from None
