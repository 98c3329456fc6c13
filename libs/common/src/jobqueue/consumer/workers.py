"""A bounded set of daemon threads for blocking work, each started when there is work for one more.

Not `concurrent.futures`: its threads are joined at interpreter exit, so that one hung handler or call would hold the stop, and a future per
message costs more than the hand-off itself.

While items wait, one thread is on its way to them, never more: the one that takes an item sends the next one before it begins. So work that blocks,
however long, holds up nothing behind it; ten items of short work are done by the first thread, and cost two wake-ups in place of ten. The thread that
became idle last is woken first: short work then stays on few threads, instead of letting all of them queue for the interpreter's lock.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from threading import Lock, Thread
from typing import Generic, TypeVar

from jobqueue.consumer.rate_limited_log import RateLimitedLog

Item = TypeVar("Item")
logger = logging.getLogger(__name__)


class Workers(Generic[Item]):
    """Runs `work(item)` for every submitted item, in order of submission, at most `limit` at once; `on_error(item, error)` when it raised."""

    def __init__(
        self, name: str, limit: int, work: Callable[[Item], None], on_error: Callable[[Item, BaseException], None]
    ) -> None:
        self._name = name
        self._limit = limit
        self._work = work
        self._on_error = on_error
        self._lock = Lock()
        self._items: deque[Item] = deque()
        self._idle: list[Lock] = []
        self._open = 0
        self._on_its_way = False  # a thread that was woken or started, and has not looked for items yet
        self._threads: list[Thread] = []
        self._closed = False
        self._limited_log = RateLimitedLog(logger)
        self._starved_at: float | None = None

    def submit(self, item: Item) -> None:
        """Hands over one item; never blocks."""
        with self._lock:
            self._items.append(item)
            self._open += 1
            error = self._send_one()
        self._warn(error)

    def start_missing(self) -> float:
        """Starts a thread where items wait and none could be started; for how many seconds that has gone on. Call it about once a second."""
        with self._lock:
            error = self._send_one()
            if not self._items:
                self._starved_at = None
            starved_at = self._starved_at
        self._warn(error)
        return 0.0 if starved_at is None else time.monotonic() - starved_at

    def take_back(self) -> list[Item]:
        """The items that no thread has begun; they are not run."""
        with self._lock:
            taken = list(self._items)
            self._items.clear()
            self._open -= len(taken)
        return taken

    def close(self) -> None:
        """Threads end when they have nothing to do; one that hangs in its work is left. Nothing is submitted any more."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().release()

    def join(self, seconds: float) -> None:
        """Waits for the threads to end, after `close`; no longer than that for all of them together."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    @property
    def open(self) -> int:
        """Items submitted and not finished."""
        return self._open

    def _send_one(self) -> RuntimeError | None:
        """Under the lock: where items wait, sees to it that a thread is on its way to them; returns as `_start`."""
        if not self._items or self._on_its_way:
            return None
        if not self._idle:
            return self._start()
        self._on_its_way = True
        self._idle.pop().release()
        return None

    def _start(self) -> RuntimeError | None:
        """Under the lock; returns why no further thread was started. The item then waits for an existing one, or for `start_missing`."""
        if len(self._threads) >= self._limit:
            return None
        try:
            thread = Thread(target=self._run, name=f"{self._name}-{len(self._threads) + 1}", daemon=True)
            thread.start()
        except RuntimeError as error:
            if self._starved_at is None:
                self._starved_at = time.monotonic()
            return error
        self._on_its_way = True
        self._threads.append(thread)
        self._starved_at = None
        return None

    def _warn(self, error: RuntimeError | None) -> None:
        """Without the lock: a log handler may run foreign code."""
        if error is not None:
            self._limited_log.warning(
                "start", f"a {self._name} thread cannot start: {error}. It is tried again each second"
            )

    def _run(self) -> None:
        gate = Lock()
        gate.acquire()
        finished = 0
        arrives = True
        while True:
            with self._lock:
                self._open -= finished
                finished = 0
                if arrives:
                    self._on_its_way = arrives = False
                taken = [self._items.popleft()] if self._items else []
                not_started = self._send_one()
                if not taken:
                    if self._closed:
                        return
                    self._idle.append(gate)
            self._warn(not_started)
            if not taken:
                gate.acquire()  # until `_send_one` or `close` releases it
                arrives = True
                continue
            item = taken.pop()
            try:
                self._work(item)
            except BaseException as error:  # noqa: BLE001 (the top of a loop: nothing that `work` raises may cost a thread)
                self._give_up(item, error)
            finished = 1
            del item  # a delivery must not live on in an idle thread

    def _give_up(self, item: Item, error: BaseException) -> None:
        try:
            self._on_error(item, error)
        except BaseException:
            logger.exception("what failed cannot be handled either")
