"""Who ships the events? Layer 3: an agent of its own threads around a `Ledger`, whose one lock this owns.

    any thread       add, finish: a few microseconds under the lock; add may wait up to 2 s for room
    shippers         ask the ledger for a stream's next call, make it without the lock, report how it went
    job-log-timer    wakes streams and gives up logs when their time has come

`then`, counters and stdout are called without the lock, from whichever of these threads it fell to.
"""

from __future__ import annotations

import logging
import time
from math import inf
from threading import Condition, Lock, Thread
from typing import TYPE_CHECKING

from jobqueue.cloudwatch.errors import LogsError, Trouble
from jobqueue.cloudwatch.ledger import Ledger, Step
from jobqueue.cloudwatch.overflow import Overflow
from jobqueue.cloudwatch.stream import Event, State, Stream
from jobqueue.cloudwatch.timers import After, Timer, Timers
from jobqueue.cloudwatch.troubles import Troubles
from jobqueue.consumer.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobqueue.cloudwatch.calls import LogsCalls
    from jobqueue.cloudwatch.event import Piece
    from jobqueue.cloudwatch.job_log import CloudWatchJobLog
    from jobqueue.cloudwatch.settings import JobLogSettings
    from jobqueue.cloudwatch.undelivered import Undelivered
    from jobqueue.consumer.clock import Clock

logger = logging.getLogger(__name__)

ROOM_SECONDS = 2.0
"""How long one `add` waits for room in a full buffer: back-pressure that no lease or grace period notices."""

JOIN_SECONDS = 0.2
"""How long the stop waits for threads without a call to end; one in a call ends with it (5 s), and changes nothing any more."""


class Shipper:
    """Owns every event from `add` until it is confirmed or on stdout. Threads start with the first event."""

    def __init__(
        self,
        calls: LogsCalls,
        settings: JobLogSettings,
        task: str,
        *,
        clock: Clock,
        undelivered: Undelivered,
        on_overflow: Callable[[int], None],
    ) -> None:
        self._calls = calls
        self._clock = clock
        self._undelivered = undelivered
        self._most_held = settings.job_log_buffer_bytes
        self._troubles = Troubles(clock)
        self._lock = Lock()
        self._alarm = Condition(self._lock)
        self._room = Condition(self._lock)
        self._timers = Timers()
        self._timer_thread: Thread | None = None
        self._asleep_until = -inf
        self._stopped = False
        self._workers = Workers("job-log-shipper", settings.job_log_shippers, self._ship, self._broke)
        self._overflow = Overflow(task, clock)
        self._ledger = Ledger(
            settings,
            clock,
            self._overflow,
            submit=self._workers.submit,
            at=self._at,
            lose=undelivered.write,
            on_overflow=on_overflow,
        )

    def make_overflow(self) -> None:
        """Makes today's overflow stream ahead of need. Blocks for one call.

        Raises:
            LogsError: as for every call; it is made when it is needed.
        """
        with self._lock:
            stream = self._overflow.stream()
        self._calls.create(stream.name)
        with self._lock:
            stream.exists = True

    def add(self, log: CloudWatchJobLog, stamp_ms: int, pieces: list[Piece]) -> None:
        """Takes over one event of a log. What comes too late, or finds no room in time, goes to stdout."""
        after: After = []
        with self._lock:
            taken = self._waits_for_room(log, sum(piece.size for piece in pieces))
            if taken:
                self._ledger.add(log, stamp_ms, pieces, after)
        if not taken:
            self._undelivered.write(piece.text for piece in pieces)
        _call(after)

    def finish(self, log: CloudWatchJobLog, then: Callable[[], None]) -> None:
        """Calls `then` once, when the log's fate is known; at once where there is nothing to wait for."""
        after: After = []
        with self._lock:
            self._ledger.finish(log, then, after)
        _call(after)

    def stop(self, seconds: float) -> None:
        """Ships what it can within `seconds`; the rest goes to stdout, and every `then` is called."""
        after: After = []
        with self._lock:
            if self._stopped:
                return
            until = self._clock.now() + seconds
            self._ledger.stop()
            while self._ledger.held and self._clock.now() < until:
                self._clock.wait(self._room, until)
            self._ledger.give_up_all(after)
            self._stopped = True
            self._workers.take_back()
            self._workers.close()
            self._alarm.notify_all()
            self._room.notify_all()
        _call(after)
        end = time.monotonic() + JOIN_SECONDS
        if self._timer_thread is not None:
            self._timer_thread.join(JOIN_SECONDS)
        self._workers.join(end - time.monotonic())

    def _waits_for_room(self, log: CloudWatchJobLog, size: int) -> bool:
        until = None
        while not (log.finished or log.closed or self._stopped):
            if self._ledger.held + size <= self._most_held:
                return True
            now = self._clock.now()
            if until is None:
                until = now + ROOM_SECONDS
                self._ledger.ship_all()
            if now >= until:
                return False
            self._clock.wait(self._room, until)
        return False

    # Shippers.

    def _ship(self, stream: Stream) -> None:
        goes_on = True
        while goes_on:
            after: After = []
            with self._lock:
                step = None if self._stopped else self._ledger.next_step(stream, after)
                batch = stream.in_flight
            _call(after)
            if step is None:
                return
            goes_on = self._create(stream) if step is Step.CREATE else self._put(stream, batch)

    def _create(self, stream: Stream) -> bool:
        failed = None
        try:
            self._calls.create(stream.name)
        except LogsError as error:
            failed = error
        after: After = []
        with self._lock:
            if self._stopped:
                return False
            if failed is None:
                stream.exists = True
            goes_on = failed is None or self._ledger.create_failed(stream, failed, after)
        if failed is not None:
            self._troubles.say(failed)
        _call(after)
        return goes_on

    def _put(self, stream: Stream, batch: list[Event]) -> bool:
        failed, rejected = None, []
        try:
            rejected = self._calls.put(stream.name, batch)
        except LogsError as error:
            failed = error
        after: After = []
        goes_on = True
        with self._lock:
            if self._stopped:
                return False
            if failed is None:
                self._ledger.confirmed(stream, batch, rejected, after)
                self._room.notify_all()
            else:
                goes_on = self._ledger.put_failed(stream, batch, failed, after)
        if (
            failed is not None and failed.trouble is not Trouble.MISSING
        ):  # the create that follows says whether it is the group
            self._troubles.say(failed)
        _call(after)
        return goes_on

    def _broke(self, stream: Stream, error: Exception) -> None:
        logger.error("a job log's stream was not shipped, a defect in the runtime; it is tried again", exc_info=error)
        with self._lock:
            if not self._stopped and stream.state is State.READY:
                self._ledger.broke(stream)

    # The timer.

    def _at(self, due: float, action: Callable[[After], None]) -> Timer:
        timer = self._timers.at(due, action)
        if self._timer_thread is None:
            self._timer_thread = self._start_timer()
        elif due < self._asleep_until:
            self._asleep_until = -inf
            self._alarm.notify()
        return timer

    def _start_timer(self) -> Thread | None:
        """None where the system gives no more threads: a log must not fail its job, and the next event tries again."""
        thread = Thread(target=self._keep_time, name="job-log-timer", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            logger.warning("%s cannot start: %s", thread.name, error)
            return None
        return thread

    def _keep_time(self) -> None:
        while not self._stopped:
            try:
                self._wait_for_time()
            except Exception:
                logger.exception("a job log's timer failed, a defect in the runtime; the timer goes on")

    def _wait_for_time(self) -> None:
        after: After = []
        with self._lock:
            for action in self._timers.due_actions(self._clock.now()):
                action(after)
            if after:
                self._room.notify_all()
            elif not self._stopped:
                self._asleep_until = self._timers.next_due()
                self._clock.wait(self._alarm, self._asleep_until)
                self._asleep_until = -inf
        _call(after)


def _call(after: After) -> None:
    for action in after:
        try:
            action()
        except Exception:
            logger.exception("a job log's callback raised, a defect; the others are called all the same")
