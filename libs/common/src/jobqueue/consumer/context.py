"""A handler's view of its job. Made by the executor, used in the handler's thread, and in those that it starts.

The flags are set by other threads; a long handler reads them to learn that it should stop.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, cast

import orjson

from jobqueue import forks
from jobqueue.consumer import further_jobs
from jobqueue.consumer.current import on_event_loop
from jobqueue.consumer.further_ids import FurtherIds
from jobqueue.consumer.job_batches import BATCH
from jobqueue.consumer.job_events import COMPLETION, logger, own
from jobqueue.consumer.steps import NO_RECORD, Steps
from jobqueue.consumer.unique_keys import Claim
from jobqueue.consumer.unique_triggers import no_table
from jobqueue.messages.envelope import write_further_job
from jobqueue.messages.errors import RejectJob, Undecodable
from jobqueue.messages.job import Job
from jobqueue.messages.limits import MAX_DELAY_SECONDS
from jobqueue.messages.outcome import QueuedJob
from jobqueue.messages.unique import unique_of

if sys.version_info >= (3, 13):
    from typing import TypeVar
else:
    from typing_extensions import TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping

    from jobqueue.consumer.joins import Joins
    from jobqueue.consumer.ports import JobLog
    from jobqueue.consumer.queued_records import Announce
    from jobqueue.consumer.routes import Senders
    from jobqueue.consumer.steps import Element, Memory
    from jobqueue.consumer.unique_keys import UniqueKeys
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.json import JsonObject
    from jobqueue.messages.unique import Unique

Settings = TypeVar("Settings", default=Any)
Resources = TypeVar("Resources", default=Any)

MAX_PROGRESS_BYTES = 200
"""Of what a job's record says of its progress; a longer message is cut. Each write of a record is billed by its size."""


class JobLogger:
    """The logger of one job, `context.log`. Any thread.

    A field that is not JSON is written as text. A field named like one of the runtime's (`jobId`, `level`) gets an underscore behind its name,
    and so does an `event` that begins with `job.`: alarms count those.
    """

    def __init__(self, log: JobLog) -> None:
        self._log = log
        self.last_progress = ""
        """For the job's record: JSON text."""

    def debug(self, message: str, /, **fields: object) -> None:
        """A detail for debugging."""
        self._log.write("DEBUG", message, own(fields))

    def info(self, message: str, /, **fields: object) -> None:
        """A step of the job."""
        self._log.write("INFO", message, own(fields))

    def warning(self, message: str, /, **fields: object) -> None:
        """A problem that does not fail the job."""
        self._log.write("WARNING", message, own(fields))

    def error(self, message: str, /, **fields: object) -> None:
        """An error; the failure of the job itself is logged by the runtime."""
        self._log.write("ERROR", message, own(fields))

    def progress(self, done: float, total: float, message: str = "progress") -> None:
        """How much of the work is done. The job's record, where one is kept, has the last one within ten seconds."""
        self.last_progress = _progress_text(done, total, message)
        self._log.write("INFO", message, {"event": "job.progress", "done": done, "total": total})


class Context(Generic[Settings, Resources]):
    """One attempt at one job. `Context[MySettings, MyResources]` types `settings` and `resources`; plain `Context` leaves them open.

    `job_id` is the idempotency key: it is the same for every delivery of the job. `attempt` is the number of the run, 1 at first: given back at a
    stop, a job keeps it. `body` is the whole message. `deadline` is monotonic seconds: past it the job counts as hung. `log` writes the job's log.
    `settings` are the service's own, as read at start; `resources` is what the catalogue's `resources` gave.
    """

    def __init__(
        self,
        job: Job,
        delivery: Delivery,
        *,
        log: JobLog,
        senders: Senders,
        announce: Announce | None = None,
        unique_keys: UniqueKeys | None = None,
        joins: Joins | None = None,
        headers: Callable[[str, Job], Mapping[str, str]],
        deadline: float,
        stopping: Callable[[], bool],
        settings: Settings,
        resources: Resources,
        memory: Memory | None = None,
    ) -> None:
        self.settings = settings
        self.resources = resources
        self.job_id = job.job_id
        self.correlation_id = job.correlation_id
        self.type = job.type
        self.version = job.version
        self.body = job.body
        self.attempt = delivery.attempt
        self.deadline = deadline
        self.timed_out = False
        self.lease_lost = False
        self.cancel_reason: str | None = None
        self.cursor = ""
        self.log = JobLogger(log)
        self.completion: dict[str, object] = {}
        self._job = job
        self._senders = senders
        self._announce = announce
        self._unique_keys = unique_keys
        self._joins = joins
        self._headers = headers
        self._stopping = stopping
        self._further = FurtherIds(job.job_id)
        self._steps = Steps(self, memory)

    @cached_property
    def original_trigger(self) -> JsonObject:
        """The original trigger, unchanged; for a main job, its own."""
        return self._job.trigger

    @cached_property
    def main_job_result(self) -> JsonObject | None:
        """What the main job's handler returned for that trigger."""
        return self._job.main_job_result

    @property
    def remaining_seconds(self) -> float:
        """Time until the deadline; negative past it."""
        return self.deadline - time.monotonic()

    @property
    def stopping(self) -> bool:
        """The worker drains: finish soon, or `raise RetryJob(after_seconds=0)` to let another worker take over."""
        return self._stopping()

    @property
    def cancelled(self) -> bool:
        """Somebody cancelled the job, and said why in `cancel_reason`: `raise RetryJob` once what is half done is undone, or finish it. Known within
        ten seconds, where there are job records; an async handler is cancelled then."""
        return self.cancel_reason is not None

    @property
    def should_stop(self) -> bool:
        """Whether to stop early: the job is cancelled, past the deadline, the lease lost, or the worker drains."""
        return self.cancelled or self.timed_out or self.lease_lost or self.stopping

    def complete(self, **fields: object) -> None:
        """Adds fields to the job's completion event; named as those of `log`."""
        self.completion.update(own(fields, COMPLETION))

    def step(
        self, name: str, function: Callable[..., Any], /, *args: Any, at_most_once: bool = False, **kwargs: Any
    ) -> Any:
        """`function(*args, **kwargs)` as a step of the job: what it gives is remembered under `name`, and a later attempt gets that in place of
        another run. `docs/steps.md` says exactly what is promised; without a record of the job it is a plain call.

        `name` is unique within the job. The result is JSON of at most 300 KB, without secrets; the first run gives what JSON makes of it, too.
        `at_most_once`: begun by an earlier attempt and not known to have ended, it does not run again. An error in it leaves it so; a RetryJob says
        that nothing was done.

        Raises:
            StepInterrupted: see `at_most_once`; not caught, it dead-letters the job.
            RejectJob: the result cannot be remembered (`bad_step_result`), or `at_most_once` not be kept (`no_job_record`).
            Released: the worker stops, the job is cancelled, the lease is lost or the time is up: the attempt ends here. No Exception.
            ValueError: the name was used before.
            RuntimeError: called on an event loop, which it would block: `await context.astep(...)` there. Or in a forked child.
        """
        _check_off_the_loop("step", "await context.astep(...)")
        return self._steps.run(name, function, args, kwargs, at_most_once=at_most_once)

    async def astep(
        self, name: str, function: Callable[..., Any], /, *args: Any, at_most_once: bool = False, **kwargs: Any
    ) -> Any:
        """`step` for async handlers; `function` may be async."""
        return await self._steps.arun(name, function, args, kwargs, at_most_once=at_most_once)

    def resume(
        self,
        name: str,
        source: Callable[[Any], Iterable[Element]],
        *,
        cursor: Callable[[Element], object] | None = None,
    ) -> Iterator[Element]:
        """The elements of `source(cursor)`; a later attempt goes on behind the last one that was finished, as it is when the next is asked for.

        `source` gets None at first, then the cursor of that element: the element itself where that is text or a whole number, else what `cursor`
        makes of it, as JSON of at most 256 bytes with the name. A job's resumes come one after the other.

        Raises:
            Released: as of `step`, between two elements.
            TypeError: an element is no cursor, and there is no `cursor`.
            RejectJob: a cursor cannot be remembered (`bad_cursor`).
            ValueError, RuntimeError: as of `step`.
        """
        _check_off_the_loop("resume", "`async for ... in context.aresume(...)`")
        return self._steps.elements(name, source, cursor)

    def aresume(
        self,
        name: str,
        source: Callable[[Any], AsyncIterable[Element] | Iterable[Element]],
        *,
        cursor: Callable[[Element], object] | None = None,
    ) -> AsyncIterator[Element]:
        """`resume` for async handlers."""
        return self._steps.aelements(name, source, cursor)

    def send_job(
        self,
        job_type: str,
        data: object,
        *,
        key: str | None = None,
        delay_seconds: int = 0,
        unique_key: str | None = None,
        unique_seconds: int | None = None,
    ) -> str:
        """Queues a further background job with `data` of its own, at once, to start in `delay_seconds` (0 to 900); gives its job id. The catalogue's
        `routes` say where.

        `data` is a JSON object, or a dataclass that makes one. The job has this one's correlation id, original trigger and main job's result.
        Its id follows from this job's id and `key`, so that a repeated attempt queues the same ids again. Without a `key` it follows from type,
        data and how many like it this attempt sent before: give one where data differs from attempt to attempt (a time, a random number). Inside
        of a step or an element of `resume` it follows from that in place of data; outside of them, in a job with steps, `key` is required.
        Where there are job records, a job that has begun under its id is not sent again.

        `unique_key`: while another job of the type with this key is not over, for at most `unique_seconds` (the queue's retention, where that is not
        given), nothing is queued, and the id is that job's. See docs/howto/unique-jobs.md.

        Raises:
            RejectJob: it can never be sent (`no_queue`, `bad_data`, `too_large`, `unsendable`, `job_id_conflict`), or be unique (`no_job_record`).
            RetryJob: the queue, or the table of job records, did not confirm it in three tries.
            ValueError: `key` names another job of this attempt already, or is required, or `delay_seconds`, `unique_key` or `unique_seconds` lies
                outside of its bounds.
            RuntimeError: called on an event loop, which it would block: `await context.asend_job(...)` there. Or in a forked child.
        """
        _check_off_the_loop("send_job", "await context.asend_job(...)")
        return self._send_job(job_type, data, key, delay_seconds, unique_key, unique_seconds)

    async def asend_job(
        self,
        job_type: str,
        data: object,
        *,
        key: str | None = None,
        delay_seconds: int = 0,
        unique_key: str | None = None,
        unique_seconds: int | None = None,
    ) -> str:
        """`send_job` for async handlers: others go on while it waits for the queue."""
        from jobqueue.consumer.async_handlers import in_a_thread  # asyncio: for those who use it

        return await in_a_thread(lambda: self._send_job(job_type, data, key, delay_seconds, unique_key, unique_seconds))

    def batch(self, jobs: Iterable[tuple[Any, ...]], *, then: tuple[str, object], key: str | None = None) -> str:
        """Queues up to 10,000 jobs, and `then`, the type and the data of one more, once all of them are completed, dead or cancelled. Gives the
        batch's id, under which it is a job of its own: shown, listed and cancelled as any; `then` has the same. `docs/howto/fan-out-and-join.md`.

        A job is `(type, data)` or `(type, data, key)`: `key` names it among the others, and its id follows from that as that of `send_job` does, else
        from type and data. Without a `key` of its own the batch's id follows from all of these, inside of a step or an element of `resume` from that.
        `then` finds what became of the batch in its data, as "batch". An attempt that is repeated before all are sent sends all again, under the same
        ids; later ones send nothing.

        Raises:
            RejectJob: as of `send_job`; without job records (`no_job_record`); an earlier attempt made it of other jobs (`batch_changed`).
            RetryJob: the queue, or the table of job records, did not confirm all of it.
            Released: the worker stops, the job is cancelled or the lease is lost before all are sent: the attempt ends here. No Exception.
            ValueError: too many jobs, two with one key, what is no job; or as of `send_job`.
            RuntimeError: as of `send_job`; `await context.abatch(...)`.
        """
        _check_off_the_loop("batch", "await context.abatch(...)")
        return self._batch(jobs, then, key)

    async def abatch(self, jobs: Iterable[tuple[Any, ...]], *, then: tuple[str, object], key: str | None = None) -> str:
        """`batch` for async handlers."""
        from jobqueue.consumer.async_handlers import in_a_thread  # asyncio: for those who use it

        return await in_a_thread(lambda: self._batch(jobs, then, key))

    def _send_job(
        self,
        job_type: str,
        data: object,
        key: str | None,
        delay_seconds: int,
        unique_key: str | None,
        unique_seconds: int | None,
    ) -> str:
        _check_not_forked()
        _check_arguments(key, delay_seconds)
        unique = self._unique(unique_key, unique_seconds)
        to = further_jobs.destination_of(self._senders, job_type, "send_job")
        text = further_jobs.data_text(job_type, data)
        place = self._place(key, "send_job", "the part of the work that the job is for")
        with self._further.taken(job_type, text, key, place) as (job_id, is_new):
            message = None
            if is_new:
                headers = self._headers(to.sender.name, replace(self._job, job_id=job_id))
                message = write_further_job(self._job, job_id, job_type, text, headers, delay_seconds=delay_seconds)
                further_jobs.check_size(to.sender, message)
            holder = job_id if unique is None else self._claim(unique, job_id, job_type)
            if holder != job_id:
                logger.info(
                    "not sent: job %s has its unique key", holder, extra={"jobId": self.job_id, "jobType": job_type}
                )
            elif message is not None:
                queued = QueuedJob(job_id, job_type, self.correlation_id, parent=self.job_id)
                further_jobs.send(to.sender, [(message, queued)], self._announce)
            return holder

    def _claim(self, unique: Unique, job_id: str, job_type: str) -> str:
        """The id of the job that has the key."""
        claim = Claim(job_id=job_id, type=job_type, key=unique.key, seconds=unique.seconds)
        keys = cast("UniqueKeys", self._unique_keys)
        return further_jobs.insist("the unique key of a further job was not claimed", lambda: keys.claim(claim))

    def _unique(self, key: object, seconds: object) -> Unique | None:
        try:
            unique = unique_of(key, seconds)
        except Undecodable as error:
            text = error.detail.replace("uniqueKey", "unique_key").replace("uniqueSeconds", "unique_seconds")
            raise ValueError(f"send_job: {text}") from None
        if unique is not None and self._unique_keys is None:
            raise no_table("unique_key")
        return unique

    def _batch(self, jobs: Iterable[tuple[Any, ...]], then: tuple[str, object], key: str | None) -> str:
        _check_not_forked()
        further_jobs.check_key(key, "batch")
        if self._joins is None:
            raise RejectJob(
                NO_RECORD,
                "batch: this worker keeps no record of its jobs, and a batch's are counted there. Set JOB_TABLE (job_records = true in the stack), "
                "and for a main job JOB_RECORD_TRIGGERS too",
            )
        place = self._place(key, "batch", "the part of the work that it is for")
        from jobqueue.consumer.fan_out import FanOut  # for those who use it

        fan_out = FanOut(self._job, self._joins, self._headers, self._why_stopping)
        plan = fan_out.plan(jobs, then, numbered=bool(place))
        with self._further.taken(BATCH, plan.content, key, place) as (batch_id, is_new):
            if is_new:
                fan_out.queue(batch_id, plan)
                self.log.info("batch queued", batchId=batch_id, jobs=len(plan.children))
            return batch_id

    def _place(self, key: str | None, method: str, what: str) -> str:
        """Raises ValueError where nothing names what is sent."""
        place = self._steps.place
        if key is None and not place and self._steps.used:
            raise ValueError(f"{method} needs a key outside of a step, in a job with steps (job {self.job_id}): {what}")
        return place

    def _why_stopping(self) -> str:
        """Empty: it is not."""
        if self.cancelled:
            return "it is cancelled"
        if self.lease_lost:
            return "its lease is lost"
        return "the worker stops" if self.stopping else ""


def _progress_text(done: object, total: object, message: object) -> str:
    """Empty for what is no number."""
    text = str(message)
    try:
        for characters in (len(text), MAX_PROGRESS_BYTES // 2, MAX_PROGRESS_BYTES // 12, 0):
            progress = orjson.dumps({"done": done, "total": total, "message": text[:characters]}, default=float)
            if len(progress) <= MAX_PROGRESS_BYTES:
                return progress.decode()
    except (TypeError, ValueError):  # half a surrogate pair; a class that is no number
        pass
    return ""


def _check_off_the_loop(method: str, instead: str) -> None:
    if on_event_loop():
        raise RuntimeError(f"{method} would block the event loop of all async handlers: `{instead}` in its place")


def _check_not_forked() -> None:
    if forks.is_child():
        raise RuntimeError(
            "a forked child cannot send jobs, its connections are the parent's: send them in the handler itself"
        )


def _check_arguments(key: object, delay_seconds: object) -> None:
    """Raises ValueError."""
    further_jobs.check_key(key, "send_job")
    if type(delay_seconds) is not int or not 0 <= delay_seconds <= MAX_DELAY_SECONDS:
        raise ValueError(
            f"delay_seconds must be a whole number from 0 to {MAX_DELAY_SECONDS}, not {delay_seconds!r:.60}"
        )
