"""Executor of jobs: one worker thread for each, and one event loop for `async def` handlers. Turns deliveries into outcomes.

Decode, find the handler, begin the job's record, call the handler inside the observer's attempt, decide. Never talks to a queue: the outcome goes to
`settle`, once the job's log is confirmed. No thread waits while a record begins: its delivery comes to the workers a second time, with the answer.
The broad `except` around the handler is here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from jobqueue import forks
from jobqueue.consumer import job_events
from jobqueue.consumer.catalogue import BAD_RESULT
from jobqueue.consumer.context import Context
from jobqueue.consumer.current import RunningIds, current_job
from jobqueue.consumer.end_events import AnOutcome, recorded_end, with_end
from jobqueue.consumer.job_records import MAIN, Refusal
from jobqueue.consumer.rate_limited_log import RateLimitedLog
from jobqueue.consumer.runs import Run
from jobqueue.consumer.suspects import WORKER_LOST
from jobqueue.consumer.turns import Turn, Turns
from jobqueue.consumer.unique_triggers import UniqueTriggers
from jobqueue.consumer.workers import Workers
from jobqueue.messages.digest import trigger_digest
from jobqueue.messages.errors import NothingToDo, RejectJob, Undecodable, Unsupported, decisive
from jobqueue.messages.outcome import Cancelled, Done, Duplicate, Outcome, QueuedJob, Reject

if TYPE_CHECKING:
    from jobqueue.consumer.catalogue import Catalogue, Runnable
    from jobqueue.consumer.handler_policies import HandlerPolicies
    from jobqueue.consumer.job_records import JobRecord
    from jobqueue.consumer.joins import Joins
    from jobqueue.consumer.ports import Attempt, JobLog, JobLogs, Observer
    from jobqueue.consumer.queued_records import Announce
    from jobqueue.consumer.record_keeper import NotBegun, RecordKeeper
    from jobqueue.consumer.resources import Resources
    from jobqueue.consumer.returns import Returns
    from jobqueue.consumer.routes import Senders
    from jobqueue.consumer.slots import Slots
    from jobqueue.consumer.unique_keys import UniqueKeys
    from jobqueue.consumer.verdicts import Verdicts
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.job import Job
    from jobqueue.messages.outcome import Release

logger = job_events.logger


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A delivery whose record's begin has its answer: as `RecordKeeper.begin` gives it."""

    delivery: Delivery
    job: Job
    runnable: Runnable
    answer: Callable[[], NotBegun | None]


class Executor:
    """Owns the running jobs. `settle(delivery, outcome)` is called exactly once for every delivery submitted, unless its handler never returns."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        policies: HandlerPolicies,
        slots: Slots,
        observer: Observer,
        job_logs: JobLogs | None,
        senders: Senders,
        verdicts: Verdicts,
        returns: Returns,
        settle: Callable[[Delivery, Outcome], None],
        service: str,
        version: str,
        task: str,
        settings: object,
        resources: Resources,
        records: RecordKeeper | None = None,
        announce: Announce | None = None,
        joins: Joins | None = None,
        tells_ends: bool = False,
        unique_keys: UniqueKeys | None = None,
    ) -> None:
        """`announce` writes of a job that is about to be sent; `joins` knows of batches. `tells_ends`: outcomes say what an event tells of a job that
        is over."""
        self._catalogue = catalogue
        self._policies = policies
        self._turns = Turns(policies.limits, policies.service.max_unsettled)
        self._slots = slots
        self._observer = observer
        self._job_logs = job_logs
        self._senders = senders
        self._verdicts = verdicts
        self._returns = returns
        self._records = records
        self._announce = announce
        self._tells_ends = tells_ends
        self._unique_keys = unique_keys
        self._unique_triggers = UniqueTriggers(unique_keys, observer, returns)
        self._joins = joins
        self._settle = settle
        self._service = service
        self._version = version
        self._task = task
        self._settings = settings
        self._resources = resources
        self._limited_log = RateLimitedLog(logger)
        self._draining = False
        self._runs: dict[Delivery, Run] = {}
        self._runs_lock = Lock()
        self._open = 0
        self._open_lock = Lock()
        self._workers: Workers[Delivery | Begun] = Workers(
            "worker", policies.service.max_concurrency, self._work, self._on_worker_error
        )

    def submit(self, delivery: Delivery) -> None:
        """Runs it as soon as a thread is free; there is one for every slot."""
        with self._open_lock:
            self._open += 1
        self._workers.submit(delivery)

    def drain(self) -> None:
        """What has not started is released, now and from now on; what runs goes on and may see `context.stopping`."""
        self._draining = True
        self._turns.close()
        self.give_waiting_back()
        for item in self._workers.take_back():
            if isinstance(item, Begun):
                self._workers.submit(item)  # its record says that it runs: what hands it back has to know
            else:
                self._close_one()
                self.give_back(item, self._returns.never_started(item))

    def give_back(self, delivery: Delivery, outcome: Release) -> None:
        """In place of submitting it."""
        self._slots.finished()
        self._settle(delivery, outcome)

    def give_waiting_back(self) -> None:
        """What waits for a turn of its type goes back to the queue. Any thread."""
        for delivery in self._turns.take_back():  # their slots are free already
            self._settle(delivery, self._returns.never_started(delivery))

    def condemn(self, delivery: Delivery) -> None:
        """In place of submitting it: a dead letter that says that it killed its worker. Any thread."""
        error = RejectJob(
            WORKER_LOST,
            f"received {delivery.receives} times; its worker was lost each of the last {delivery.lost} times, at last while it ran alone",
        )
        job: Job | None = None
        with suppress(Undecodable, Unsupported, NothingToDo):
            job = self._catalogue.read(delivery)
        self._slots.finished()
        log = None if job is None or self._job_logs is None else self._job_logs.open(job, delivery.attempt)
        self._refuse(delivery, job, error, log)

    def close(self) -> None:
        """Idle threads end. After the drain."""
        self._workers.close()

    def tick(self) -> float:
        """Starts threads that could not be started before; for how many seconds deliveries wait for one by now. Call it about once a second."""
        return self._workers.start_missing()

    @property
    def open(self) -> int:
        """Deliveries submitted that are not finished."""
        return self._open

    def runs(self) -> list[Run]:
        """The handlers that run now. Any thread."""
        with self._runs_lock:
            return list(self._runs.values())

    def lease_lost(self, delivery: Delivery) -> None:
        """Tells the handler, where one runs. Called by the settler."""
        if self._turns.lost(delivery):
            return
        run = self._runs.get(delivery)
        if run is not None:
            run.context.lease_lost = True

    def cancel(self, delivery: Delivery, reason: str) -> None:
        """Tells the handler, where one runs, that its job was cancelled; ends an async one. Repeated calls do nothing more. Any thread."""
        run = self._runs.get(delivery)
        if run is not None and not run.context.cancelled:
            run.context.cancel_reason = reason
            if run.cancel is not None:
                run.cancel()

    def with_end(
        self, outcome: AnOutcome, delivery: Delivery, job: Job | None, seconds: float | None = None
    ) -> AnOutcome:
        """The outcome with what an event tells of it. `seconds`: how long its handler ran."""
        if not self._tells_ends:
            return outcome
        stage = MAIN if self._catalogue.follows else "" if job is None else job.type
        return with_end(outcome, delivery, job, stage, seconds)

    def _work(self, item: Delivery | Begun) -> None:
        delivery = item.delivery if isinstance(item, Begun) else item
        turn: Turn | None = None
        try:
            if isinstance(item, Begun):
                self._go_on(item)
            else:
                turn = self._decode(item)
        finally:
            if turn is not Turn.BEGINS:
                self._finish(delivery, turn)

    def _finish(self, delivery: Delivery, turn: Turn | None) -> None:
        # What waits is no longer ours: its turn may have come meanwhile, in another thread.
        following = None if turn is Turn.WAITS else self._turns.leave(delivery)
        if following is None:
            self._slots.finished()
        else:
            self.submit(following)  # it takes over the slot
        self._close_one()

    def _close_one(self) -> None:
        with self._open_lock:
            self._open -= 1

    def _decode(self, delivery: Delivery) -> Turn | None:
        """Runs the job, where there is one and its turn has come. None: it is settled without a handler."""
        if self._draining:
            self._settle(delivery, self._returns.never_started(delivery))
            return None
        job: Job | None = None
        try:
            job = self._catalogue.read(delivery)
            runnable = self._catalogue.find(job)
        except (Undecodable, Unsupported) as error:
            self._refuse(delivery, job, error)
            return None
        except NothingToDo as error:
            logger.info("nothing to do: %s", error, extra=job_events.ids(delivery))
            self._settle(delivery, Done())
            return None
        turn = self._turn_of(runnable, delivery, job)
        if turn is not Turn.RUNS:
            return turn
        if self._records is None:
            self._run(delivery, job, runnable)
            return turn
        self._records.begin(delivery, job, lambda answer: self._workers.submit(Begun(delivery, job, runnable, answer)))
        return Turn.BEGINS

    def _go_on(self, begun: Begun) -> None:
        delivery, job = begun.delivery, begun.job
        not_begun = begun.answer()
        if not_begun is not None:
            self._do_not_run(delivery, job, not_begun)
        elif self._draining:
            self._settle(delivery, self._returns.never_started(delivery))
        else:
            self._run(delivery, job, begun.runnable)

    def _turn_of(self, runnable: Runnable, delivery: Delivery, job: Job) -> Turn:
        """Whether it runs now. What is FULL goes back to the queue, but where there can be no copy: hidden, it would lose a receive each time."""
        turn = self._turns.enter(runnable, delivery)
        if turn is Turn.FULL:
            back = self._returns.never_started(delivery, self._turns.back_seconds(runnable))
            if back.copy is None:
                turn = self._turns.enter(runnable, delivery, must_wait=True)
            if turn is Turn.FULL:
                self._limited_log.warning(
                    job.type,
                    f"jobs of type {job.type} wait: {self._policies.of(runnable).max_concurrency} of them run at once here "
                    f"(HandlerOptions.max_concurrency). One more goes back to the queue for {back.after_seconds} s",
                )
                self._settle(delivery, back)
        return turn

    def _on_worker_error(self, item: Delivery | Begun, error: BaseException) -> None:
        """A defect of ours or of an adapter, outside of the handler: the delivery is retried."""
        delivery = item.delivery if isinstance(item, Begun) else item
        logger.error(
            "not handled: a defect in the runtime; the message is retried",
            exc_info=error,
            extra=job_events.ids(delivery),
        )
        self._settle(delivery, self._verdicts.on_defect())

    def _run(self, delivery: Delivery, job: Job, runnable: Runnable) -> None:
        attempt = self._observer.attempt(delivery, job, known_type=self._catalogue.knows(job))
        running = RunningIds(job.job_id, job.correlation_id, attempt.trace_id, attempt.span_id)
        log: JobLog = (
            job_events.StdoutJobLog(logger, running.fields())
            if self._job_logs is None
            else self._job_logs.open(job, delivery.attempt)
        )
        with attempt:
            token = current_job.set(running)
            try:
                outcome = self._run_handler(delivery, job, runnable, attempt, log)
            finally:
                current_job.reset(token)
        log.finish(lambda: self._settle(delivery, outcome))

    def _do_not_run(self, delivery: Delivery, job: Job, not_begun: NotBegun) -> None:
        """Its record says so, or was not reached."""
        if not_begun.why is Refusal.CONFLICT:
            self._refuse(delivery, job, RejectJob(Refusal.CONFLICT.value, "another job has this id, with another type"))
        elif not_begun.why is Refusal.NEWER:
            self._refuse(delivery, job, Unsupported("its record was written by a newer version of the runtime"))
        elif not_begun.cancel_reason is not None:
            self._do_not_run_cancelled(delivery, job, Cancelled(not_begun.cancel_reason))
        elif not_begun.why is Refusal.OVER:
            logger.info("not run: this job is over, and its message deleted", extra=job_events.ids(delivery, job))
            told = self._tells_ends and not_begun.record is not None
            self._settle(delivery, Done(end=recorded_end(cast("JobRecord", not_begun.record)) if told else None))
        else:
            if not_begun.why is Refusal.RUNNING:
                logger.info("not run: another attempt at this job runs", extra=job_events.ids(delivery, job))
            self._settle(delivery, self._returns.never_started(delivery, not_begun.after_seconds))

    def _do_not_run_cancelled(self, delivery: Delivery, job: Job, outcome: Cancelled) -> None:
        """It was cancelled while it waited: its log says so."""
        outcome = self.with_end(outcome, delivery, job)
        if self._job_logs is None:
            job_events.cancelled_unbegun(job_events.StdoutJobLog(logger, job_events.ids(delivery, job)), outcome)
            self._settle(delivery, outcome)
            return
        log = self._job_logs.open(job, delivery.attempt)
        job_events.cancelled_unbegun(log, outcome)
        log.finish(lambda: self._settle(delivery, outcome))

    def _run_handler(self, delivery: Delivery, job: Job, runnable: Runnable, attempt: Attempt, log: JobLog) -> Outcome:
        policy = self._policies.of(runnable)
        timeout = policy.job_timeout_seconds
        started = time.monotonic()
        context = Context(
            job,
            delivery,
            log=log,
            senders=self._senders,
            announce=self._announce,
            unique_keys=self._unique_keys,
            joins=self._joins,
            headers=attempt.headers_for,
            deadline=started + timeout,
            stopping=lambda: self._draining,
            settings=self._settings,
            resources=self._resources.value,
            memory=None if self._records is None else self._records.memory(delivery),
        )
        run = Run(delivery, job, context, started, timeout)
        error: BaseException | None = None
        outcome: Outcome
        instead: Outcome | None = None
        with self._runs_lock:
            self._runs[delivery] = run
        if self._records is not None:
            self._records.runs(run)
        try:
            instead = self._unique_triggers.instead(delivery, job)
            if instead is None and self._job_logs is not None:
                job_events.began(log, job, delivery, self._service, self._version, self._task)
            outcome = instead or self._call(runnable, context, run, attempt)
        except BaseException as failure:  # noqa: BLE001 (the one around the handler; `sys.exit` in one fails its job)
            error = decisive(failure)
            outcome = self._verdicts.on(
                error,
                delivery,
                job,
                attempt.trace_id,
                policy=policy,
                stopping=self._draining,
                cancelled=context.cancel_reason,
            )
        finally:
            with self._runs_lock:
                del self._runs[delivery]
        seconds = time.monotonic() - started
        attempt.ended(outcome, error, seconds)
        if instead is not None:
            if isinstance(instead, Duplicate):
                job_events.duplicate(log, instead)
            return instead
        self._unique_triggers.ended(job, outcome)
        outcome = self.with_end(outcome, delivery, job, seconds)
        return self._log_end(log, delivery, job, context, outcome, error, seconds)

    def _call(self, runnable: Runnable, context: Context, run: Run, attempt: Attempt) -> Done:
        job = run.job
        payload = runnable.payload_of(job)

        def call() -> Any:
            result = runnable.handler(payload, context)
            if isinstance(result, Awaitable):  # asked of the result: a decorator hides `async def` from `inspect`
                result = self._resources.event_loop().run(result, run)
            return result

        around = self._catalogue.around
        try:
            result = call() if around is None else around(context, call)
        finally:
            forks.end_child()
        _refuse_unfinished(result)
        to = None if job.next_type is None else self._senders.of(job.next_type)
        then = self._catalogue.next_job(
            job, result, lambda: {} if to is None else attempt.headers_for(to.sender.name, job)
        )
        if then is None:
            return Done()
        if to is None:
            raise RuntimeError("this service was started without a queue to send the next job to")
        refusal = to.sender.refusal(then)
        if refusal is not None:
            raise RejectJob("too_large", refusal)
        if self._announce is None:
            return Done(then, to.queue)
        job_type = cast("str", job.next_type)
        digest = trigger_digest(job_type, job.origin().trigger)
        return Done(then, to.queue, QueuedJob(job.job_id, job_type, job.correlation_id, digest))

    def _refuse(
        self, delivery: Delivery, job: Job | None, error: RejectJob | Unsupported, log: JobLog | None = None
    ) -> None:
        """No handler runs. `log`: the job's own, where one ran before."""
        outcome = self.with_end(self._verdicts.on(error, delivery, job, ""), delivery, job)
        if self._records is not None and job is not None and isinstance(outcome, Reject):
            self._records.dies_unbegun(delivery, job)
        self._observer.undecodable(delivery, error, outcome)
        event = "job.rejected" if isinstance(outcome, Reject) else "job.unsupported"
        level = logging.ERROR if isinstance(outcome, Reject) else logging.WARNING
        logger.log(
            level,
            "not handled: %s",
            error,
            extra={**job_events.ids(delivery, job), **job_events.outcome_fields(outcome), "event": event},
        )
        if log is None:
            self._settle(delivery, outcome)
        else:
            job_events.failed(log, error, outcome, 0.0)
            log.finish(lambda: self._settle(delivery, outcome))

    def _log_end(
        self,
        log: JobLog,
        delivery: Delivery,
        job: Job,
        context: Context,
        outcome: Outcome,
        error: BaseException | None,
        seconds: float,
    ) -> Outcome:
        """Writes the end of the attempt to the job's own log, and a line to stdout: now, or with the outcome where the next job is not queued yet."""
        has_stream = self._job_logs is not None
        line: dict[str, object] = {
            "jobType": job.type,
            "attempt": delivery.attempt,
            "seconds": round(seconds, 4),
            **job_events.outcome_fields(outcome),
        }
        if error is None:
            if has_stream:
                job_events.completed(log, seconds, context.completion)
            elif context.completion:
                line["completion"] = context.completion
            if isinstance(outcome, Done) and outcome.then is not None:
                ids = current_job.get()
                return replace(outcome, line=line if ids is None else {**ids.fields(), **line})
            job_events.done(line)
            return outcome
        level, message, event = job_events.ending(error, outcome)
        line.update(job_events.error_fields(error))
        if has_stream:
            job_events.failed(log, error, outcome, seconds)  # alarms count its event there: not here as well
        else:
            line["event"] = event
        logger.log(level, "job %s", message, extra=line)
        return outcome


def _refuse_unfinished(result: object) -> None:
    """Raises RejectJob for work that the handler described and did not do."""
    if result is None or isinstance(result, dict):
        return
    if isinstance(result, Iterator | AsyncIterator) or callable(result) or hasattr(result, "add_done_callback"):
        raise RejectJob(
            BAD_RESULT,
            f"the handler returned {type(result).__name__}, which the runtime does not run: run it in the handler and return its result",
        )
