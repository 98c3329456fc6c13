"""Who makes the calls? Layer 3: a few daemon threads, started when first needed and only as many as overlap.

The thread that became idle last is woken first, and one for each piece of work: the others sleep on, instead of queueing for the
interpreter's lock (measured with 0 ms a call: a shared queue that wakes any of 16 costs 15 % more CPU than one thread, this 3 %).
"""

from __future__ import annotations

import logging
from collections import deque
from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobqueue.cloudwatch.stream import Stream

logger = logging.getLogger(__name__)


def start_thread(name: str, target: Callable[[], None]) -> Thread | None:
    """A daemon thread; None where the system gives no more: a log must not fail its job, and the next event tries again."""
    thread = Thread(target=target, name=name, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        logger.warning("%s cannot start: %s", name, error)
        return None
    return thread


class Pool:
    """Calls `work` for each stream that is submitted. Its state belongs to the lock that it is given."""

    def __init__(self, most: int, lock: Lock, work: Callable[[Stream], None], broke: Callable[[Stream], None]) -> None:
        """`work` and `broke` are called without the lock; `broke` after an error that escaped `work`, a defect."""
        self._most = most
        self._lock = lock
        self._work = work
        self._broke = broke
        self._line: deque[Stream] = deque()
        self._idle: list[Lock] = []
        self._threads: list[Thread] = []
        self._stopped = False

    def submit(self, stream: Stream) -> None:
        """Never blocks. The caller holds the lock."""
        self._line.append(stream)
        if self._idle:
            self._idle.pop().release()
        elif len(self._threads) < self._most:
            thread = start_thread(f"job-log-shipper-{len(self._threads)}", self._run)
            if thread is not None:
                self._threads.append(thread)

    def stop(self) -> list[Thread]:
        """Nothing is taken from the line any more; gives back the threads. The caller holds the lock."""
        self._stopped = True
        self._line.clear()
        while self._idle:
            self._idle.pop().release()
        return list(self._threads)

    def _run(self) -> None:
        gate = Lock()
        gate.acquire()
        while True:
            stream = None
            with self._lock:
                if self._stopped:
                    return
                if self._line:
                    stream = self._line.popleft()
                else:
                    self._idle.append(gate)
            if stream is None:
                gate.acquire()  # until `submit` or `stop` releases it
                continue
            try:
                self._work(stream)
            except Exception:
                logger.exception("a job log's stream was not shipped, a defect in the runtime; it is tried again")
                self._broke(stream)
