"""Events of the ends of jobs: the port to a bus, and what becomes of those that the bus does not take.

An end is put on the bus in a thread of the settler's, after the end's record and before its message is deleted: a worker that dies in between leaves
the message, whose next delivery tells the same end. It waits for one call, `EVENT_CALL_SECONDS` at most. What that call did not bring to the bus
waits in the memory of this worker instead, and its message is deleted: while the bus is away nothing waits for it. A thread tries again what waits,
for as long as the worker lives and in its drain. What is then left, what is beyond `MAX_WAITING`, and what the bus will never take is given up:
counted, and logged whole, each for itself. What waits in a worker that is killed is lost.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Condition, Thread
from typing import TYPE_CHECKING, Protocol, TypeVar

from jobqueue.consumer.ports import Failure, QueueError
from jobqueue.consumer.rate_limited_log import RateLimitedLog
from jobqueue.consumer.retry import jittered
from jobqueue.messages.errors import Undecodable
from jobqueue.messages.job import best_job_id, correlation_id_of, stated_fields
from jobqueue.messages.job_end import EndStatus, JobEnd
from jobqueue.messages.limits import MAX_PER_CALL
from jobqueue.messages.outcome import Cancelled, Done, Outcome, Reject

if TYPE_CHECKING:
    from jobqueue.consumer.job_records import JobRecord
    from jobqueue.consumer.ports import Observer
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.job import Job

logger = logging.getLogger(__name__)

EVENT_CALL_SECONDS = 2.0
"""The longest that a job waits for the bus, once; ours."""

MAX_WAITING = 10_000
"""Ends that wait for a bus that is away: some megabytes. Past it the oldest is given up."""

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 30.0

AnOutcome = TypeVar("AnOutcome", bound=Outcome)

Tell = Callable[[Sequence[JobEnd]], None]
"""As `EndEvents.tell`."""


class EventBus(Protocol):
    """The port to the bus. Called from several threads at once."""

    @property
    def name(self) -> str:
        """The bus's name."""
        ...

    def check(self) -> None:
        """Raises QueueError where the bus cannot be used, or is not known to be usable: QueueRefused for good. Blocks for one call."""
        ...

    def put(self, ends: Sequence[JobEnd]) -> Sequence[Failure]:
        """Puts up to 10 ends on the bus, each as one event. A failure that is `gone` is one that the bus never takes. Blocks for one call.

        Raises:
            QueueError: as a whole; some may be on the bus.
        """
        ...


class EndEvents:
    """Owns the ends that the bus did not take. `tell` may be called from any thread."""

    def __init__(self, bus: EventBus, observer: Observer, now: Callable[[], float] = time.monotonic) -> None:
        self._bus = bus
        self._observer = observer
        self._now = now
        self._limited_log = RateLimitedLog(logger)
        self._changed = Condition()  # guards what follows
        self._waiting: deque[JobEnd] = deque()
        self._close_at: float | None = None
        self._trying: Sequence[JobEnd] = ()  # in the thread's hands
        self._away = False
        """The bus did not take what it was given last; who tells does not wait for it."""

    def start(self) -> None:
        """Looks at the bus, and from then on for what waits, in a thread of its own. Says so where the bus cannot be used; nothing is held up."""
        Thread(target=self._run, name="end-events", daemon=True).start()

    def tell(self, ends: Sequence[JobEnd]) -> None:
        """Puts up to 10 ends on the bus, or has them wait. Blocks for one call; while the bus is away, not at all."""
        left = ends if self._away else self._put(ends)
        if left:
            self._keep(left)

    def close(self, seconds: float) -> None:
        """Goes on with what waits for at most `seconds`, then gives it up. Nothing is told any more. Blocks."""
        with self._changed:
            self._close_at = self._now() + seconds
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._trying and not self._waiting, seconds)
            left = [*self._trying, *self._waiting]
            self._waiting.clear()
            self._close_at = -math.inf
        self._give_up(left, "the worker stopped")

    def _keep(self, ends: Sequence[JobEnd]) -> None:
        with self._changed:
            self._away = True
            self._waiting.extend(ends)
            excess = [self._waiting.popleft() for _ in range(len(self._waiting) - MAX_WAITING)]
            self._changed.notify_all()
        self._give_up(excess, f"{MAX_WAITING:,} wait for the bus")

    def _put(self, ends: Sequence[JobEnd]) -> list[JobEnd]:
        """Those to try again. Blocks for one call."""
        try:
            failures = self._bus.put(ends)
        except QueueError as error:
            failures = [Failure(index, error.code, str(error)) for index in range(len(ends))]
        if not failures:
            self._observer.events_sent(len(ends))
            return []
        self._observer.events_sent(len(ends) - len(failures))
        self._observer.settle_failed("event", failures[0].code, len(failures))
        for failure in failures:
            if failure.gone:
                self._give_up([ends[failure.index]], f"{failure.code}: {failure.message}")
        left = [failure for failure in failures if not failure.gone]
        if left:
            self._limited_log.warning(
                left[0].code,
                f"events of {len(left)} jobs are not on bus {self._bus.name}: {left[0].code}: {left[0].message}. They wait in memory and are tried "
                "again; no job waits for them.",
            )
        return [ends[failure.index] for failure in left]

    def _give_up(self, ends: Sequence[JobEnd], why: str) -> None:
        for end in ends:
            logger.error(
                "the event of a job's end is lost: %s",
                why,
                extra={"event": "job.event_lost", "jobId": end.job_id, "detail": end.detail(self._bus.name)},
            )
        if ends:
            self._observer.events_lost(len(ends))

    def _run(self) -> None:
        self._check()
        tries = 0
        while True:
            with self._changed:
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting or self._close_at is not None)
                if not self._waiting or self._closed():
                    return
                self._trying = [self._waiting.popleft() for _ in range(min(MAX_PER_CALL, len(self._waiting)))]
            left = self._put_safely(self._trying)
            with self._changed:
                batch, self._trying = self._trying, ()
                if self._closed():
                    return
                self._waiting.extendleft(reversed(left))
                if len(left) < len(batch):
                    self._away, tries = False, 0
                if left:
                    tries += 1
                    self._pause(jittered(tries, FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS))

    def _closed(self) -> bool:
        return self._close_at is not None and self._now() >= self._close_at

    def _put_safely(self, batch: Sequence[JobEnd]) -> list[JobEnd]:
        try:
            return self._put(batch)
        except Exception:
            logger.exception("unexpected error in the events of jobs' ends; they are tried again")
            return list(batch)

    def _pause(self, seconds: float) -> None:
        """Under the condition; a stop ends it."""
        until = self._now() + seconds
        while (left := until - self._now()) > 0:
            if self._close_at is not None:
                left = min(left, self._close_at - self._now(), FIRST_PAUSE_SECONDS / 4)
                self._changed.wait(max(0.0, left))
                return
            self._changed.wait(left)

    def _check(self) -> None:
        try:
            self._bus.check()
        except QueueError as error:
            logger.error("events of jobs' ends cannot be sent; jobs run nevertheless: %s", error)  # noqa: TRY400 (told, not a defect)


def with_end(
    outcome: AnOutcome, delivery: Delivery, job: Job | None, stage: str, seconds: float | None = None
) -> AnOutcome:
    """The outcome with what an event says of it, where the job is over. `job` is None where it could not be read."""
    if not isinstance(outcome, Done | Reject | Cancelled):
        return outcome
    status: EndStatus = (
        "completed" if isinstance(outcome, Done) else "dead" if isinstance(outcome, Reject) else "cancelled"
    )
    end = JobEnd(
        job_id=best_job_id(delivery) if job is None else job.job_id,
        correlation_id=_best_correlation_id(delivery) if job is None else job.correlation_id,
        job_type="" if job is None else job.type,
        stage=stage,
        status=status,
        attempt=delivery.attempt,
        at_ms=time.time_ns() // 1_000_000,
        seconds=seconds,
        reason="" if isinstance(outcome, Done) else outcome.reason,
    )
    return replace(outcome, end=end)


def recorded_end(record: JobRecord) -> JobEnd:
    """The end that a record tells of: its event is repeated for each delivery that comes after it."""
    status: EndStatus = record.status.value  # type: ignore[assignment]
    return JobEnd(
        job_id=record.key.job_id,
        correlation_id=record.correlation_id,
        job_type=record.type,
        stage=record.key.stage,
        status=status,
        attempt=record.attempt,
        at_ms=record.ended_at,
        seconds=(record.ended_at - record.began_at) / 1000 if record.began_at else None,
        reason=record.reason,
    )


def _best_correlation_id(delivery: Delivery) -> str:
    try:
        return correlation_id_of(delivery, stated_fields(delivery.body))
    except Undecodable:
        return delivery.first_message_id
