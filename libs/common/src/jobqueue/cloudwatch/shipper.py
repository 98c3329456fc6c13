"""The shipper of job logs: one thread that owns the `Book` and begins its calls.

    any thread -> inbox -> Book -> shipments: calls in flight -> inbox
                                -> notices: a thread that writes them to stdout -> inbox

A writer takes no lock that other code may hold: it encodes, asks the room, and puts into the inbox, whose `put` may interrupt
itself. So a handler's finalizer may write wherever it runs, our own threads included. `then` and the counters are called in the book's
thread, which never waits for CloudWatch nor for stdout.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from queue import Empty
from threading import Event, Thread
from typing import TYPE_CHECKING

from jobqueue import forks
from jobqueue.cloudwatch.book import Book
from jobqueue.cloudwatch.errors import ADVICE, Trouble
from jobqueue.cloudwatch.records import Account, memory_of
from jobqueue.cloudwatch.room import Room, may_block
from jobqueue.cloudwatch.shipment import Notice, Shipment
from jobqueue.consumer.rate_limited_log import RateLimitedLog
from jobqueue.consumer.workers import Workers
from jobqueue.mailbox import Mailbox

if TYPE_CHECKING:
    from jobqueue.cloudwatch.calls import LogsCalls
    from jobqueue.cloudwatch.errors import LogsError
    from jobqueue.cloudwatch.settings import JobLogSettings
    from jobqueue.cloudwatch.undelivered import Undelivered

logger = logging.getLogger(__name__)

Written = tuple[Account, int, Sequence[bytes]]
"""A written event in the inbox, the commonest entry: its log, its time, its parts."""

GATHER_SECONDS = 0.003
"""How long entries gather in the inbox before they are handled together: a wake-up for each would cost more."""

MAX_SLEEP_SECONDS = 3_600.0
"""A queue's `get` takes no infinity."""

MAX_STDOUT_SECONDS = 1.0
"""What a stop adds to its budget, for a slow stdout that takes what CloudWatch did not."""


class Shipper:
    """Owns every event from `add` until it is confirmed or on stdout."""

    def __init__(
        self,
        calls: LogsCalls,
        settings: JobLogSettings,
        overflow_name: Callable[[], str],
        *,
        undelivered: Undelivered,
        on_overflow: Callable[[int], None],
        on_undelivered: Callable[[int], None],
    ) -> None:
        self._calls = calls
        self._overflow_name = overflow_name
        self._undelivered = undelivered
        self._on_undelivered = on_undelivered
        self._limited_log = RateLimitedLog(logger)
        self._inbox: Mailbox[Written | Callable[[], None]] = Mailbox()
        self._room = Room(settings.job_log_buffer_bytes // 2, lambda: self._inbox.put(self._book.hurry))
        self._book = Book(settings, self._room, overflow_name, on_overflow=on_overflow, on_undelivered=on_undelivered)
        self._notices: Workers[Notice] = Workers("job-log-notices", 1, self._write, self._on_worker_error)
        self._stop_at = inf
        self._stopped = Event()
        Thread(target=self._run, name="job-log", daemon=True).start()

    def make_overflow(self, then: Callable[[LogsError | None], None]) -> None:
        """Makes today's overflow stream ahead of need; after an error it is made when it is needed."""
        name = self._overflow_name()

        def made(error: LogsError | None) -> None:
            if error is None:
                self._inbox.put(lambda: self._book.made_overflow(name))
            then(error)

        self._calls.create(name, made)

    def add(self, account: Account, stamp_ms: int, texts: Sequence[bytes]) -> None:
        """Takes over one event, or its parts. What finds no room, or comes after the stop, goes to stdout."""
        if forks.is_child():  # it has none of our threads, and may have copies of held locks
            self._undelivered.write(texts, patient=False)
            return
        if not self._stopped.is_set() and self._room.admits(account.share, sum(map(memory_of, texts))):
            self._inbox.put((account, stamp_ms, texts))
            return
        self._undelivered.write(texts, patient=may_block(account.share))
        self._inbox.put(
            partial(self._on_undelivered, len(texts))
        )  # not here: counters hold locks, and this may be a finalizer

    def finish(self, account: Account, then: Callable[[], None]) -> None:
        """`then` is called once, when none of the account's events is outstanding."""
        account.share.patience = 0.0
        self._inbox.put(lambda: self._book.finished(account, then, time.monotonic()))

    def stop(self, seconds: float) -> None:
        """Ships what it can within `seconds`; the rest goes to stdout, and every `then` is called. Later events and ends still get theirs."""
        until = time.monotonic() + seconds
        self._inbox.put(lambda: self._begin_stop(until))
        self._stopped.wait(seconds + 2 * MAX_STDOUT_SECONDS)

    def _run(self) -> None:
        while True:
            try:
                self._turn()
            except Exception:
                logger.exception("unexpected error in the job log's loop; it goes on")

    def _turn(self) -> None:
        self._take_in()
        now = time.monotonic()
        self._book.look(now)
        if now >= self._stop_at or self._stopped.is_set():
            self._book.give_up_all()
        while (call := self._book.next_call(now)) is not None:
            if isinstance(call, Shipment):
                call.begin(self._calls, self._answered)
            elif self._stopped.is_set():
                self._write(call)  # of what came late: no thread is left for it
            else:
                self._notices.submit(call)
        self._notices.start_missing()
        self._end(now)

    def _take_in(self) -> None:
        try:
            self._handle(self._inbox.get(timeout=self._sleep_seconds()))
            if self._stop_at == inf:
                time.sleep(GATHER_SECONDS)
            while True:
                self._handle(self._inbox.get_nowait())
        except Empty:
            pass

    def _handle(self, entry: Written | Callable[[], None]) -> None:
        if isinstance(entry, tuple):
            self._book.wrote(*entry, time.monotonic())
        else:
            entry()

    def _sleep_seconds(self) -> float:
        next_at = self._book.next_at()
        if self._stop_at != inf and not self._stopped.is_set():
            now = time.monotonic()
            next_at = min(next_at, self._stop_at + (MAX_STDOUT_SECONDS if now >= self._stop_at else 0))
        return max(0.0, min(MAX_SLEEP_SECONDS, next_at - time.monotonic()))

    def _begin_stop(self, until: float) -> None:
        self._stop_at = min(self._stop_at, until)
        self._book.stop()

    def _end(self, now: float) -> None:
        """Calls what is due to be called, and stops where nothing is left to do."""
        outstanding = self._book.outstanding
        if not self._stopped.is_set() and now >= self._stop_at + MAX_STDOUT_SECONDS:
            outstanding.end_all()
        ended, outstanding.ended = outstanding.ended, []
        for then in ended:
            try:
                then()
            except Exception:
                logger.exception("a job log's callback raised (a defect); the others are called nevertheless")
        if self._stop_at != inf and not outstanding.accounts and not self._stopped.is_set():
            self._notices.close()
            self._stopped.set()

    def _write(self, notice: Notice) -> None:
        """In the notices' thread."""
        notice.run(self._undelivered)
        self._inbox.put(lambda: self._book.outstanding.written(notice))

    def _on_worker_error(self, notice: Notice, error: BaseException) -> None:
        """In the notices' thread: a defect."""
        logger.error("unexpected error while lost events were written to stdout", exc_info=error)
        self._inbox.put(lambda: self._book.outstanding.written(notice))

    def _answered(self, shipment: Shipment) -> None:
        """In the thread of all requests."""
        # A stream that is missing is made next, and the answer to that says whether it is the group.
        error = shipment.error
        if error is not None and not (error.trouble is Trouble.MISSING and (shipment.created or not shipment.creates)):
            self._limited_log.warning(error.trouble.name, f"job log: {error}; {ADVICE[error.trouble]}")
        self._inbox.put(lambda: self._book.shipped(shipment, time.monotonic()))
