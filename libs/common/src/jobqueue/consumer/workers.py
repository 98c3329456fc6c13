"""On which threads does blocking work run? Layer 2: a bounded set of daemon threads, started when there is work for one more.

Not `concurrent.futures`: its threads are joined at interpreter exit, so that one hung handler or call would hold the stop, and a future per
message costs more than the hand-off itself.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Workers(Generic[Item]):
    """Runs `work(item)` for every submitted item, in order of submission, at most `limit` at once; `broken(item, error)` when it raised."""

    def __init__(
        self, name: str, limit: int, work: Callable[[Item], None], broken: Callable[[Item, Exception], None]
    ) -> None:
        self._name = name
        self._limit = limit
        self._work = work
        self._broken = broken
        self._items: SimpleQueue[Item | None] = SimpleQueue()
        self._lock = Lock()
        self._open = 0
        self._threads = 0

    def submit(self, item: Item) -> None:
        """Hands over one item; never blocks."""
        with self._lock:
            self._open += 1
            if self._threads < min(self._open, self._limit):
                self._threads += 1
                Thread(target=self._run, name=f"{self._name}-{self._threads}", daemon=True).start()
        self._items.put(item)

    def take_back(self) -> list[Item]:
        """The items that no thread has begun; they are not run."""
        taken = []
        try:
            while (item := self._items.get_nowait()) is not None:
                taken.append(item)
        except Empty:
            pass
        with self._lock:
            self._open -= len(taken)
        return taken

    def close(self) -> None:
        """Threads end when they have nothing to do; one that hangs in its work is left. Nothing is submitted any more."""
        for _ in range(self._threads):
            self._items.put(None)

    @property
    def open(self) -> int:
        """Items submitted and not finished."""
        return self._open

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            try:
                self._work(item)
            except Exception as error:  # noqa: BLE001 (the top of a loop: a defect in `work` must not cost a thread)
                self._broken(item, error)
            finally:
                with self._lock:
                    self._open -= 1
