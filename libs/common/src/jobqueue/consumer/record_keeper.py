"""Keeper of the records of this worker's attempts: begins them, extends their leases, ends them.

An attempt begins before its handler, and no thread waits for that write; it ends in a thread of the settler's, once the next job or the dead letter
is confirmed, and before the message is deleted or shown again. That thread waits for all ends of its call together. Beats are written by threads
of this module.

What follows the end of a job that is over (`AfterEnd`) comes after that write and before its message is deleted. A worker that died in between has
left the message: whoever receives it is refused, as the job is over, and does what follows before it deletes the message.

While records cannot be written nothing begins: receiving pauses, what was received goes back to the queue once, and a probe asks when it may go
on. Handlers that run go on, and their ends are tried again as any settling call is.
"""

from __future__ import annotations

import logging
import math
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from jobqueue.consumer.asked import Ask, answers_of
from jobqueue.consumer.job_records import (
    MAIN,
    Answer,
    Beat,
    Ending,
    JobRecord,
    Key,
    RecordsError,
    Refusal,
    Refused,
    Start,
    Status,
)
from jobqueue.consumer.ports import QueueError
from jobqueue.consumer.rate_limited_log import RateLimitedLog
from jobqueue.consumer.retry import jittered
from jobqueue.consumer.settle_calls import end_of
from jobqueue.consumer.steps import Memory
from jobqueue.consumer.workers import Workers
from jobqueue.messages.dead_letter import REASON
from jobqueue.messages.outcome import Cancelled, Done, Duplicate, Outcome, Reject, Release, Retry

if TYPE_CHECKING:
    from jobqueue.consumer.context import Context
    from jobqueue.consumer.job_records import BegunJobRecords
    from jobqueue.consumer.job_steps import JobSteps
    from jobqueue.consumer.ports import Observer
    from jobqueue.consumer.runs import Run
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.job import Job

logger = logging.getLogger(__name__)

MARGIN_SECONDS = 5.0
"""How long before SQS's lease a record's ends, so that who receives the message after a crash is never refused: clocks differ by less."""
BEAT_SECONDS = 9.0
"""How often a lease is extended, and a cancel heard of: a look comes once a second, so within ten. SQS's lease has at least half of its time left
then, and a record's has room for two beats that fail."""
BEATERS = 8
AWAY_SECONDS = 30
"""How long what could not begin is away: longer than a poll that is in flight when receiving pauses, so that it goes back once."""
FIRST_PROBE_SECONDS, MAX_PROBE_SECONDS = 1.0, 30.0

AfterEnd = Callable[[JobRecord], None]
"""What follows the end of a job; gets its record as the end left it. Blocks, and may be repeated. Raises RecordsError or QueueError where what it
does is not confirmed: then the message stays, and it is called again. A job that was cancelled while it waited has nobody to call it until its
message arrives."""


@dataclass(slots=True, eq=False)
class Held:
    """An attempt that this worker began; `record` is as it was then. `beat_at`: monotonic seconds of the last write; `beating`: one is under way.
    `ended_at`: milliseconds since 1970, of the first try to write its end. `context`: its handler's, once there is one."""

    delivery: Delivery
    key: Key
    owner: str
    record: JobRecord
    beat_at: float
    beating: bool = False
    ended_at: int = 0
    context: Context | None = None

    @property
    def said(self) -> tuple[str, str]:
        """What its handler said last: progress and cursor."""
        return ("", "") if self.context is None else (self.context.log.last_progress, self.context.cursor)


@dataclass(frozen=True, slots=True)
class NotBegun:
    """The handler must not run. `why` is None where the table was not reached. `after_seconds`: when it is worth another try.
    `cancel_reason`: why the job was cancelled, where it was."""

    why: Refusal | None
    after_seconds: int = 0
    cancel_reason: str | None = None
    record: JobRecord | None = None
    """Of a job that is over."""


class RecordKeeper:
    """Owns the attempts that began here. `begin`, `end` and `forget` may be called from any thread, `tick` from one."""

    def __init__(
        self,
        records: BegunJobRecords,
        observer: Observer,
        *,
        steps: JobSteps | None = None,
        main: bool,
        lease_seconds: int,
        lease_ends: Callable[[Delivery], float | None],
        lost: Callable[[Delivery], None],
        cancelled: Callable[[Delivery, str], None],
        pause: Callable[[], None],
        after: Sequence[AfterEnd] = (),
        batch_cancelled: Callable[[JobRecord], str | None] = lambda record: None,
    ) -> None:
        """`main`: of a main job's worker. `lease_ends`: when SQS's lease ends, in monotonic seconds. `lost` tells the handler that its job may begin
        elsewhere, `cancelled` that it is to end and why; `pause` ends receiving until the next look at `away`; `after` follows each end, in order;
        `batch_cancelled` says why the batch of a job is cancelled, and blocks."""
        self._records = records
        self._steps = steps
        self._observer = observer
        self._main = main
        self._lease_seconds = lease_seconds
        self._lease_ends = lease_ends
        self._lost = lost
        self._cancelled = cancelled
        self._pause = pause
        self._after = after
        self._batch_cancelled = batch_cancelled
        self._margin = min(MARGIN_SECONDS, lease_seconds / 4)
        self._beat_seconds = min(BEAT_SECONDS, lease_seconds / 6)
        self._held: dict[Delivery, Held] = {}
        self._unbegun: dict[Delivery, Start] = {}
        self._over: dict[Delivery, JobRecord] = {}
        self._unknown: dict[Delivery, Start] = {}
        self._limited_log = RateLimitedLog(logger)
        self._calls: Workers[Callable[[], None]] = Workers("records", BEATERS, lambda call: call(), self._on_error)
        self.away = False
        """Records cannot be written; nothing may be received."""
        self._probes = 0
        self._probe_at = math.inf

    def begin(self, delivery: Delivery, job: Job, then: Callable[[Callable[[], NotBegun | None]], None]) -> None:
        """`then` gets a function, once, perhaps in the thread of all requests: it must not wait for anything. The function gives None where the
        handler may run; it blocks where something was in the way."""
        if self.away:
            then(lambda: NotBegun(None, AWAY_SECONDS))
            return
        start = self._start(delivery, job)
        self._records.begin_soon(start, lambda answer: then(lambda: self._begun(delivery, start, answer)))

    def _begun(self, delivery: Delivery, start: Start, first: Callable[[], Answer]) -> NotBegun | None:
        try:
            answer = self._tried_twice(start, first)
            if isinstance(answer, Refused):
                if answer.why is Refusal.OVER and answer.record is not None:
                    self._over[delivery] = answer.record
                return self._refused(answer)
            self._held[delivery] = Held(delivery, start.key, start.owner, answer, time.monotonic())
            # Asked once it has begun: one whose batch is cancelled after that hears of it with its beat.
            reason = self._batch_cancelled(answer)
        except RecordsError as error:
            self._failed("begin", error)
            self._go_away()
            self._unknown[delivery] = start
            return NotBegun(None, AWAY_SECONDS)
        return None if reason is None else NotBegun(Refusal.OVER, cancel_reason=reason)

    def memory(self, delivery: Delivery) -> Memory | None:
        """Where the steps of its attempt are remembered; None where no record of it is kept."""
        held = self._held.get(delivery)
        return (
            None
            if held is None or self._steps is None
            else Memory(self._steps, held.record, lambda code: self._observer.settle_failed("step", code, 1))
        )

    def runs(self, run: Run) -> None:
        """Its handler is about to run: beats and the end carry what it says of its work."""
        held = self._held.get(run.delivery)
        if held is not None:
            held.context = run.context

    def dies_unbegun(self, delivery: Delivery, job: Job) -> None:
        """It is dead-lettered without a run, because it killed its workers or no worker knows its type: its end writes both. Never blocks."""
        self._unbegun[delivery] = self._start(delivery, job)

    def end(self, ended: Sequence[tuple[Delivery, Outcome]]) -> Sequence[bool | QueueError]:
        """Writes how attempts ended, all at once, and then calls for each what follows where its job is over; passes over what has no record of this
        worker's. Blocks; a repeated call is harmless.

        Gives for each why not all of it is done: its message may not be deleted or shown yet; or whether the record says the same of the job.
        """
        answers = answers_of([self._ask_end(delivery, outcome) for delivery, outcome in ended])
        return [
            self._ended(delivery, outcome, answer) for (delivery, outcome), answer in zip(ended, answers, strict=True)
        ]

    def _ended(self, delivery: Delivery, outcome: Outcome, answer: Callable[[], Answer] | None) -> bool | QueueError:
        try:
            record = self._end(delivery, outcome, answer)
            if record is not None and record.status.over:
                for follow in self._after:
                    follow(record)
        except RecordsError as error:
            return QueueError(str(error), code=error.code, unknown=False)
        except QueueError as error:
            return error
        self.forget(delivery)
        end = end_of(outcome)
        return record is None or end is None or record.status.value == end.status

    def _ask_end(self, delivery: Delivery, outcome: Outcome) -> Ask[Callable[[], Answer]] | None:
        """None where there is nothing to write yet."""
        held, unknown = self._held.get(delivery), self._unknown.get(delivery)
        if held is not None:
            return partial(self._records.end_soon, held.key, held.owner, self._ending(outcome, held))
        if unknown is not None:
            back = Ending(Status.QUEUED, time.time_ns() // 1_000_000, counts=False)
            return partial(self._records.end_soon, unknown.key, unknown.owner, back)
        return None

    def _ending(self, outcome: Outcome, held: Held) -> Ending:
        held.ended_at = held.ended_at or time.time_ns() // 1_000_000
        return _ending(outcome, held)

    def _end(self, delivery: Delivery, outcome: Outcome, answer: Callable[[], Answer] | None) -> JobRecord | None:
        """The job's record; None where this worker has none of it."""
        unbegun = self._unbegun.get(delivery)
        held = self._held.get(delivery)
        if held is None and unbegun is not None:
            begun = self._begin_to_end(delivery, unbegun)
            if isinstance(begun, Refused):
                return begun.record if begun.why is Refusal.OVER else None
            held = self._held[delivery] = begun
        if held is None:
            if (
                delivery in self._unknown and answer is not None
            ):  # else the next attempt waits for a lease that is nobody's
                with suppress(RecordsError):
                    answer()
            return self._over.get(delivery)
        ended = self._records.end(held.key, held.owner, self._ending(outcome, held)) if answer is None else answer()
        if isinstance(ended, JobRecord):
            return ended
        logger.warning(
            "its record was another attempt's when this one ended: %s",
            ended.why.value,
            extra={"jobId": held.key.job_id, "messageId": delivery.message_id},
        )
        return ended.record

    def _begin_to_end(self, delivery: Delivery, start: Start) -> Held | Refused:
        """Of a job that another attempt still holds, once its lease has ended."""
        answer = self._records.begin(start)
        if isinstance(answer, JobRecord):
            return Held(delivery, start.key, start.owner, answer, time.monotonic())
        if answer.why is Refusal.RUNNING:
            raise RecordsError(
                f"the record of job {start.key.job_id} is another attempt's until its lease ends.", code="Held"
            )
        return answer

    def forget(self, delivery: Delivery) -> None:
        """It is not settled here any more: its record's lease ends by itself."""
        self._held.pop(delivery, None)
        self._unbegun.pop(delivery, None)
        self._over.pop(delivery, None)
        self._unknown.pop(delivery, None)

    def tick(self, runs: Sequence[Run], now: float) -> None:
        """About once a second: beats of handlers that run, and the probe while records cannot be written. Never blocks."""
        self._calls.start_missing()
        for run in runs:
            held = self._held.get(run.delivery)
            if held is None or held.beating or run.stuck or now - held.beat_at < self._beat_seconds:
                continue
            held.beating = True
            self._calls.submit(partial(self._beat, held))
        if self.away and now >= self._probe_at:
            self._probe_at = math.inf
            self._calls.submit(self._probe)

    def close(self) -> None:
        """No more beats."""
        self._calls.close()

    def _start(self, delivery: Delivery, job: Job) -> Start:
        return Start(
            key=Key(job.job_id, MAIN if self._main else job.type),
            type=job.type,
            owner=f"{delivery.first_message_id}/{uuid.uuid4().hex}",
            lease_ends=self._record_lease_ends(delivery),
            correlation_id=job.correlation_id,
            sent_at=delivery.first_sent_ms,
            redriven=delivery.text(REASON) is not None,
        )

    def _tried_twice(self, start: Start, first: Callable[[], Answer]) -> Answer:
        try:
            return first()
        except RecordsError as error:
            self._observer.settle_failed("begin", error.code, 1)
            return self._records.begin(start)  # finds what the first wrote, where only its answer was lost

    def _refused(self, refused: Refused) -> NotBegun:
        record = refused.record
        if record is not None and record.status is Status.CANCELLED:
            return NotBegun(refused.why, cancel_reason=record.reason)
        if refused.why is Refusal.OVER:
            return NotBegun(refused.why, record=record)
        left_ms = 0 if record is None else record.lease_ends - time.time() * 1000
        return NotBegun(refused.why, max(1, math.ceil(left_ms / 1000)))

    def _record_lease_ends(self, delivery: Delivery) -> int:
        """Milliseconds since 1970."""
        ends = self._lease_ends(delivery)
        if ends is None:  # the settler has not taken it in yet
            ends = delivery.received_at + self._lease_seconds
        return int((time.time() + ends - self._margin - time.monotonic()) * 1000)

    def _beat(self, held: Held) -> None:
        now = time.monotonic()
        try:
            answer = self._records.beat(held.key, held.owner, Beat(self._record_lease_ends(held.delivery), *held.said))
            reason = isinstance(answer, JobRecord) and (answer.cancel or self._batch_cancelled(answer))
        except RecordsError as error:
            self._failed("beat", error)
            now -= self._beat_seconds / 2
        else:
            if isinstance(answer, JobRecord):
                if reason:
                    self._cancelled(held.delivery, reason)
            elif self._held.get(held.delivery) is held:
                self._lost(held.delivery)
                self._limited_log.warning(
                    "lost", f"the record of job {held.key.job_id} is no longer this attempt's ({answer.why.value})"
                )
        held.beat_at = now
        held.beating = False

    def _probe(self) -> None:
        try:
            self._records.check()
        except RecordsError as error:
            self._failed("check", error)
            self._probes += 1
            self._probe_at = time.monotonic() + jittered(self._probes, FIRST_PROBE_SECONDS, MAX_PROBE_SECONDS)
            return
        logger.info("job records can be written again: receiving goes on")
        self._probes = 0
        self.away = False

    def _go_away(self) -> None:
        if not self.away:
            self._probe_at = time.monotonic() + FIRST_PROBE_SECONDS
            self.away = True
        self._pause()

    def _failed(self, operation: str, error: RecordsError) -> None:
        self._observer.settle_failed(operation, error.code, 1)
        then = "It is tried again." if operation == "beat" else "Receiving pauses until records can be written."
        self._limited_log.warning(operation, f"{error} {then}")

    def _on_error(self, call: object, error: BaseException) -> None:
        logger.error("unexpected error in a call of job records", exc_info=error)


def _ending(outcome: Outcome, held: Held) -> Ending:
    at, (progress, cursor) = held.ended_at, held.said
    ending = partial(Ending, at=at, progress=progress, cursor=cursor)
    if isinstance(outcome, Done):
        return ending(Status.COMPLETED)
    if isinstance(outcome, Reject):
        return ending(Status.DEAD, reason=outcome.reason)
    if isinstance(outcome, Cancelled):
        return ending(Status.CANCELLED, reason=outcome.reason)
    if isinstance(outcome, Duplicate):
        return ending(Status.COMPLETED, reason=f"duplicate of {outcome.of}")
    if isinstance(outcome, Release):
        return ending(Status.QUEUED, counts=False)
    after = outcome.after_seconds if isinstance(outcome, Retry) else 0
    return ending(Status.RETRYING, due_at=at + after * 1000)
