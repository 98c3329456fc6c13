"""The poller: receives messages, by one to `max_polls` threads, each with one long poll in flight.

Slots are reserved before a receive: a message is never held without one. A poll in flight is never aborted, because SQS may have handed out
messages with it: at a stop it is waited for, and what it brings is released.

When the queue is quiet one thread polls. A receive that comes back full and finds the workers idle adds a poll; one that comes back less than
full, or while work still waits, takes one away: more polls than it takes to keep the workers busy only cost CPU.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Condition, Thread
from typing import TYPE_CHECKING

from jobqueue.consumer.ports import QueueError
from jobqueue.consumer.rate_limited_log import RateLimitedLog
from jobqueue.consumer.retry import jittered
from jobqueue.messages.limits import MAX_PER_CALL

if TYPE_CHECKING:
    from jobqueue.consumer.policy import ConsumerPolicy
    from jobqueue.consumer.ports import Observer, Queue
    from jobqueue.consumer.slots import Slots
    from jobqueue.messages.delivery import Delivery

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.2
MAX_PAUSE_SECONDS = 30.0
"""Bounds of the backoff after failed receives, with full jitter; ours: an outage costs 2 to 3 calls a minute and poll."""

SOON_SECONDS = 0.5
"""A receive that ends sooner and brings nothing did not wait, whatever was asked."""
FIRST_EMPTY_PAUSE_SECONDS = 0.1
MAX_EMPTY_PAUSE_SECONDS = 1.0
"""Bounds of the pause after such receives, from the second in a row on: 60 calls a minute at most, where there were 600 a second."""

LOOK_SECONDS = 1.0
"""The longest wait for a slot or a turn, so that the loop proves that it is alive and sees a stop."""


class Poller:
    """Owns the polling threads. `arrived(deliveries)` is called in a polling thread with what a receive brought, also while stopping."""

    def __init__(
        self,
        *,
        queue: Queue,
        policy: ConsumerPolicy,
        slots: Slots,
        observer: Observer,
        arrived: Callable[[Sequence[Delivery]], None],
        open_jobs: Callable[[], int],
    ) -> None:
        """`open_jobs` says how many deliveries the workers have not finished."""
        self._queue = queue
        self._policy = policy
        self._slots = slots
        self._observer = observer
        self._arrived = arrived
        self._open_jobs = open_jobs
        self._limited_log = RateLimitedLog(logger)
        self._changed = Condition()
        self._wanted = 1
        self._paused = False
        self._stopping = False
        self._alive = 0
        self.beats = [time.monotonic()] * policy.max_polls

    def start(self) -> None:
        """Starts the threads; all but the first wait until the queue is busy."""
        self._alive = self._policy.max_polls
        for number in range(self._policy.max_polls):
            Thread(target=self._run, args=(number,), name=f"poller-{number}", daemon=True).start()

    def pause(self, paused: bool) -> None:
        """No new receives while paused; what is in flight comes back."""
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

    def stop(self) -> None:
        """Ends receiving for good; returns at once."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._slots.close()

    @property
    def ended(self) -> bool:
        """Whether no poll is in flight any more, and none will be."""
        return self._stopping and self._alive == 0

    def _run(self, number: int) -> None:
        failed = empty = 0
        while not self._stopping:
            self.beats[number] = began = time.monotonic()
            try:
                if self._may_poll(number):
                    received = self._poll()
                    if received is None:
                        failed += 1
                        self._wait(jittered(failed, FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS), number)
                        continue
                    failed = 0
                    empty = empty + 1 if received == 0 and time.monotonic() - began < SOON_SECONDS else 0
                    if empty > 1:
                        self._log_empty()
                        self._wait(
                            min(MAX_EMPTY_PAUSE_SECONDS, FIRST_EMPTY_PAUSE_SECONDS * 2.0 ** min(empty - 2, 20)),
                            number,
                        )
            except Exception:
                logger.exception("unexpected error in a poller; it goes on")
                self._wait(LOOK_SECONDS, number)
        with self._changed:
            self._alive -= 1
            self._changed.notify_all()

    def _may_poll(self, number: int) -> bool:
        """Waits at most `LOOK_SECONDS` for this thread's turn; says whether it has come."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or (number < self._wanted and not self._paused), LOOK_SECONDS)
            return number < self._wanted and not self._paused and not self._stopping

    def _log_empty(self) -> None:
        wait = self._policy.poll_wait_seconds
        why = (
            "POLL_WAIT_SECONDS=0 asks for that"
            if wait == 0
            else f"they should wait {wait} s (POLL_WAIT_SECONDS). Check that the endpoint is SQS"
        )
        self._limited_log.warning(
            "empty", f"receives come back empty at once: {why}. They are slowed down to one a second."
        )

    def _poll(self) -> int | None:
        """Makes one receive into free slots; gives how many messages it brought, -1 where none was made, None when it failed."""
        slots = self._slots.reserve(
            MAX_PER_CALL, wait_seconds=LOOK_SECONDS, linger_seconds=self._policy.receive_linger_seconds
        )
        if slots == 0:
            return -1
        deliveries: Sequence[Delivery] = ()
        try:
            if self._stopping or self._paused:
                return -1
            deliveries = self._queue.receive(slots, self._policy.poll_wait_seconds)
        except QueueError as error:
            self._observer.poll_failed(error.code)
            self._limited_log.warning(error.code, f"receive failed: {error}. Polling goes on.")
            return None
        finally:
            self._slots.give_back(slots - len(deliveries))
        open_jobs = self._open_jobs()
        self._adapt(
            more=len(deliveries) == slots == MAX_PER_CALL and open_jobs < 2 * MAX_PER_CALL,
            fewer=len(deliveries) < slots or open_jobs > 4 * MAX_PER_CALL,
        )
        if deliveries:
            self._arrived(deliveries)
        return len(deliveries)

    def _adapt(self, *, more: bool, fewer: bool) -> None:
        with self._changed:
            if more and self._wanted < self._policy.max_polls:
                self._wanted += 1
                self._changed.notify_all()
            elif fewer and self._wanted > 1:
                self._wanted -= 1

    def _wait(self, seconds: float, number: int) -> None:
        """Pauses; beats meanwhile, and ends early at a stop."""
        ends = time.monotonic() + seconds
        with self._changed:
            while not self._stopping and (left := ends - time.monotonic()) > 0:
                self.beats[number] = time.monotonic()
                self._changed.wait(min(left, LOOK_SECONDS))
