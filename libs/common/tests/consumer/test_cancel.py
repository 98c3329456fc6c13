"""What a cancel does to a job that waits, and to one whose handler runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from jobqueue import Context, JobCatalogue, RejectJob, RetryJob, TriggerCatalogue
from jobqueue.consumer.job_records import MAIN, JobRecord, Key, NewJob, Status
from jobqueue.messages.job_id import new_job_id
from jobqueue.messages.outcome import Cancelled, Done
from jobqueue.testing import InMemoryJobRecords, RecordingJobLogs

from .executing import Executing, doing
from .workbench import WAIT_SECONDS, Worker, a_delivery, a_job, quick, recorded

WHY = "no longer needed"
LONG_SECONDS = 30.0


def cancelled_while_it_runs(handler: Callable[[dict[str, Any], Context, Event], object]) -> Executing:
    """After a run of the handler, cancelled once it has begun; the Event is set when it knows."""
    begun, told = Event(), Event()

    def started(data: dict[str, Any], context: Context) -> object:
        begun.set()
        assert told.wait(WAIT_SECONDS)
        return handler(data, context, told)

    executing = doing(started)
    delivery = a_delivery(a_job())
    executing.submit(delivery)
    assert begun.wait(WAIT_SECONDS)
    executing.executor.cancel(delivery, WHY)
    executing.executor.cancel(delivery, "a later beat says it again")
    told.set()
    executing.outcomes.wait_for(lambda seen: len(seen) == 1)
    return executing


def raising(error: BaseException) -> Callable[[dict[str, Any], Context, Event], object]:
    def handler(data: dict[str, Any], context: Context, told: Event) -> object:
        assert context.cancelled
        assert context.should_stop
        raise error

    return handler


@pytest.mark.parametrize("error", [RetryJob("undone", after_seconds=0), OSError("cut off"), SystemExit(1)])
def test_a_handler_that_stops_for_a_cancel_ends_its_job_as_cancelled(error: BaseException) -> None:
    executing = cancelled_while_it_runs(raising(error))
    [(_, outcome)] = executing.outcomes.all()
    assert outcome == Cancelled(WHY)
    [event] = recorded(executing.logs, "job.cancelled")
    assert (event["outcome"], event["reason"], event["errorType"]) == ("cancelled", WHY, type(error).__name__)
    assert recorded(executing.logs, "job.failed") == recorded(executing.logs, "job.retried") == []


def test_a_handler_that_finishes_has_completed_its_job() -> None:
    executing = cancelled_while_it_runs(lambda data, context, told: None)
    assert [outcome for _, outcome in executing.outcomes.all()] == [Done()]


def test_a_handler_may_still_say_that_its_job_is_beyond_help() -> None:
    executing = cancelled_while_it_runs(raising(RejectJob("half_done")))
    [(_, outcome)] = executing.outcomes.all()
    assert outcome.word == "reject"


def test_an_async_handler_is_cancelled_and_its_log_shows_where_it_was() -> None:
    begun = Event()

    async def wait_for_ever(data: dict[str, Any], context: Context) -> None:
        begun.set()
        await asyncio.Event().wait()

    executing = doing(wait_for_ever)
    delivery = a_delivery(a_job())
    executing.submit(delivery)
    assert begun.wait(WAIT_SECONDS)
    executing.executor.cancel(delivery, WHY)
    [(_, outcome)] = executing.outcomes.wait_for(lambda seen: len(seen) == 1)
    assert outcome == Cancelled(WHY)
    [event] = recorded(executing.logs, "job.cancelled")
    assert event["errorType"] == "JobCancelled"
    assert "in wait_for_ever" in str(event["stack"])


def test_an_async_handler_that_finishes_nevertheless_has_completed_its_job() -> None:
    begun = Event()

    async def handler(data: dict[str, Any], context: Context) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            assert context.cancelled

    executing = doing(handler)
    delivery = a_delivery(a_job())
    executing.submit(delivery)
    assert begun.wait(WAIT_SECONDS)
    executing.executor.cancel(delivery, WHY)
    [(_, outcome)] = executing.outcomes.wait_for(lambda seen: len(seen) == 1)
    assert outcome == Done()


class Working:
    """A background worker with records, and one job. Its lease is short, so that it beats about once a second."""

    def __init__(self, handler: Callable[[dict[str, Any], Context], object], **changes: Any) -> None:
        self.records = InMemoryJobRecords()
        self.job_id = new_job_id()
        self.key = Key(self.job_id, "work")
        self.logs = RecordingJobLogs()
        self.worker = Worker(
            JobCatalogue({"work": handler}),
            policy=quick(lease_seconds=6, **changes),
            records=self.records,
            job_logs=self.logs,
        )

    def put(self) -> None:
        body = {"jobId": self.job_id, "jobType": "work", "version": 1, "data": {}}
        self.worker.queue.put(json.dumps(body))

    @property
    def record(self) -> JobRecord:
        (record,) = self.records.find(self.job_id)
        return record


def test_a_job_that_is_cancelled_while_it_waits_never_runs_and_its_log_says_so() -> None:
    ran: list[Context] = []
    working = Working(lambda data, context: ran.append(context))
    working.records.queued(NewJob(key=working.key, type="work", digest=""))
    working.records.cancel(working.key, WHY)
    with working.worker as worker:
        working.put()
        worker.queue.wait_until_empty()
        worker.observer.wait_for(lambda facts: any(fact.outcome == Cancelled(WHY) for fact in facts))
    assert ran == []
    [event] = recorded(working.logs, "job.cancelled")
    assert event["reason"] == WHY
    assert len(worker.dead_letters) == 0
    assert working.record.status is Status.CANCELLED


def test_a_trigger_that_is_cancelled_while_it_waits_is_told_of_on_stdout(caplog: pytest.LogCaptureFixture) -> None:
    records, ran = InMemoryJobRecords(), []
    key = Key(new_job_id(), MAIN)
    records.queued(NewJob(key=key, type="test", digest=""))
    records.cancel(key, WHY)
    catalogue = TriggerCatalogue({}, default=lambda data, context: ran.append(context))
    with Worker(catalogue, policy=quick(), records=records, record_triggers=True) as worker, caplog.at_level("INFO"):
        worker.queue.put(json.dumps({"trigger": "test", "jobId": key.job_id}))
        worker.queue.wait_until_empty()
    assert ran == []
    assert len(worker.next_jobs) == 0
    [line] = [one for one in caplog.records if getattr(one, "event", "") == "job.cancelled"]
    assert (line.message, vars(line)["jobId"]) == (f"cancelled before it ran: {WHY}", key.job_id)


def test_a_job_that_is_cancelled_while_it_runs_hears_of_it_and_ends_for_good() -> None:
    began = Event()

    def handler(data: dict[str, Any], context: Context) -> None:
        began.set()
        until_it_should_stop(context)
        raise RetryJob("undone", after_seconds=0)

    working = Working(handler, max_attempts=1)
    with working.worker as worker:
        working.put()
        assert began.wait(WAIT_SECONDS)
        working.records.cancel(working.key, WHY)
        worker.queue.wait_for(lambda queue: len(queue) == 0, LONG_SECONDS)
    assert (working.record.status, working.record.reason) == (Status.CANCELLED, WHY)
    assert len(worker.dead_letters) == 0
    assert len(recorded(working.logs, "job.cancelled")) == 1


def until_it_should_stop(context: Context) -> None:
    never = Event()
    for _ in range(int(LONG_SECONDS * 100)):
        if context.should_stop:
            return
        never.wait(0.01)
    raise AssertionError("it was never told to stop")


def test_a_job_that_is_cancelled_ends_before_its_next_element() -> None:
    seen: list[int] = []

    def handler(data: dict[str, Any], context: Context) -> None:
        for number in context.resume("numbers", lambda cursor: range(1, 1000)):
            seen.append(number)
            working.records.cancel(working.key, WHY)
            until_it_should_stop(context)

    working = Working(handler)
    with working.worker as worker:
        working.put()
        worker.queue.wait_for(lambda queue: len(queue) == 0, LONG_SECONDS)
    assert seen == [1]
    assert (working.record.status, working.record.cursor) == (Status.CANCELLED, '["numbers",1]')


def test_a_short_job_that_is_tried_again_hears_of_its_cancel_then() -> None:
    working: Working
    attempts: list[int] = []

    def handler(data: dict[str, Any], context: Context) -> None:
        attempts.append(context.attempt)
        working.records.cancel(working.key, WHY)
        raise RetryJob("later", after_seconds=0)

    working = Working(handler)
    with working.worker as worker:
        working.put()
        worker.queue.wait_until_empty()
    assert attempts == [1]
    assert (working.record.status, working.record.reason) == (Status.CANCELLED, WHY)
