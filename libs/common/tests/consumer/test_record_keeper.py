"""A worker with job records: what it writes and when, what it does not run, and what it does where they cannot be written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from logging import getLogger
from threading import Event
from typing import Any

import pytest

from jobqueue import Context, JobCatalogue, RejectJob, RetryJob, TriggerCatalogue
from jobqueue.consumer import record_keeper
from jobqueue.consumer.job_events import StdoutJobLog
from jobqueue.consumer.job_records import Ending, JobRecord, Key, RecordsError, Status
from jobqueue.consumer.ports import QueueError
from jobqueue.consumer.record_keeper import AfterEnd, NotBegun, RecordKeeper
from jobqueue.consumer.routes import Routes, Senders
from jobqueue.consumer.runs import Run
from jobqueue.consumer.settle_calls import RecordWrites, Step
from jobqueue.messages.dead_letter import REASON
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.history import HISTORY, History
from jobqueue.messages.job_id import new_job_id
from jobqueue.messages.outcome import Done, Outcome, Reject, Release, Retry
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.testing import InMemoryJobRecords, RecordingObserver
from jobqueue.testing.recording import Recording

from .workbench import WAIT_SECONDS, HandCranked, Worker, a_delivery, put_jobs, quick

LONG_SECONDS = 30.0
NEXT = OutgoingMessage("{}")
Handler = Callable[[dict[str, Any], Context], None]


def await_that(predicate: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not predicate():
        assert time.monotonic() < until
        Event().wait(0.01)


class Records(InMemoryJobRecords):
    """One job's, and its worker's."""

    def __init__(self) -> None:
        super().__init__()
        self.job_id = new_job_id()
        self.key = Key(self.job_id, "work")

    @property
    def record(self) -> JobRecord:
        (record,) = self.find(self.job_id)
        return record

    def await_record(self, predicate: Callable[[JobRecord], bool]) -> JobRecord:
        await_that(lambda: any(predicate(record) for record in self.find(self.job_id)))
        return self.record

    def worker(self, handler: Handler, after: Sequence[AfterEnd] = (), **policy: Any) -> Worker:
        return Worker(JobCatalogue({"work": handler}), policy=quick(**policy), records=self, after=after)

    def take_over(self) -> None:
        """Another worker's attempt begins, as after a pause of this one."""
        with self._lock:
            self._records[self.key] = replace(self._records[self.key], owner="another")

    def put_message(
        self, worker: Worker, attributes: dict[str, Attribute] | None = None, job_type: str = "work"
    ) -> None:
        body = {"jobId": self.job_id, "jobType": job_type, "version": 1, "data": {}}
        worker.queue.put(json.dumps(body), attributes)


@pytest.fixture
def records() -> Records:
    return Records()


class Handling:
    """A handler that waits to be told to go on."""

    def __init__(self) -> None:
        self.contexts: Recording[Context] = Recording()
        self.go_on = Event()

    def __call__(self, data: dict[str, Any], context: Context) -> None:
        self.contexts.add(context)
        assert self.go_on.wait(WAIT_SECONDS)

    def await_run(self, number: int = 1) -> Context:
        return self.contexts.wait_for(lambda seen: len(seen) >= number)[number - 1]


@pytest.mark.parametrize(
    ("outcome", "steps"),
    [
        (Done(), [Step.RECORD, Step.DELETE]),
        (Done(NEXT), [Step.SEND, Step.RECORD, Step.DELETE]),
        (Reject("no", NEXT), [Step.DEAD_LETTER, Step.RECORD, Step.DELETE]),
        (Retry(1), [Step.RECORD, Step.CHANGE_VISIBILITY]),
        (Retry(1, NEXT), [Step.RECORD, Step.RETURN, Step.DELETE]),
        (Release(copy=NEXT), [Step.RECORD, Step.RETURN, Step.DELETE]),
    ],
)
def test_an_end_is_recorded_behind_what_is_sent_on_and_before_a_message_goes_or_shows_again(
    outcome: Outcome, steps: list[Step]
) -> None:
    written: list[Outcome] = []

    def record(ended: Sequence[tuple[Delivery, Outcome]]) -> Sequence[bool]:
        written.extend(outcome for _, outcome in ended)
        return [True] * len(ended)

    bench = HandCranked(records=RecordWrites(end=record))
    (delivery,) = bench.receive()
    bench.finish(delivery, outcome)
    assert bench.until_quiet() == steps
    assert written == [outcome]


def test_an_end_that_cannot_be_written_keeps_the_message_and_is_tried_again() -> None:
    tries: list[object] = []

    def record(ended: Sequence[tuple[Delivery, Outcome]]) -> Sequence[bool | QueueError]:
        tries.append(ended)
        return [QueueError("not reached", code="TimedOut", unknown=False) if len(tries) < 3 else True]

    bench = HandCranked(records=RecordWrites(end=record))
    (delivery,) = bench.receive()
    bench.finish(delivery, Done())
    assert bench.until_quiet() == [Step.RECORD, Step.RECORD, Step.RECORD, Step.DELETE]
    assert not len(bench.queue)


def test_a_job_is_running_while_it_runs_and_completed_before_its_message_is_gone(records: Records) -> None:
    handling = Handling()
    with records.worker(handling) as worker:
        records.put_message(worker)
        handling.await_run()
        assert (records.record.status, records.record.attempt) == (Status.RUNNING, 1)
        assert 0 < records.record.lease_ends - time.time() * 1000 <= 55_000
        handling.go_on.set()
        worker.queue.wait_until_empty()
    assert (records.record.status, records.record.owner) == (Status.COMPLETED, "")
    assert records.calls == {"begin": 1, "end": 1, "find": records.calls["find"]}


def test_a_second_copy_of_a_job_does_not_run_beside_the_first_nor_after_it(records: Records) -> None:
    handling = Handling()
    with records.worker(handling) as worker:
        records.put_message(worker)
        handling.await_run()
        records.put_message(worker)
        records.await_record(lambda _: records.calls["begin"] == 2)
        worker.queue.wait_for(lambda queue: any(kept.receive_count == 0 for kept in queue.stored()))
        handling.go_on.set()
        records.await_record(lambda record: record.status is Status.COMPLETED)
        records.put_message(worker)
        records.await_record(lambda _: records.calls["begin"] == 3)
        worker.queue.wait_for(lambda queue: len(queue) == 1)
    assert len(handling.contexts.all()) == 1


@pytest.mark.parametrize("operation", ["begin", "end"])
@pytest.mark.parametrize("took_effect", [True, False])
def test_one_call_that_fails_costs_no_further_run(records: Records, operation: str, took_effect: bool) -> None:
    runs: Recording[int] = Recording()
    records.fail[operation] = [took_effect]
    with records.worker(lambda data, context: runs.add(context.attempt)) as worker:
        records.put_message(worker)
        worker.queue.wait_until_empty()
    assert runs.all() == [1]
    assert (records.record.status, records.record.attempt) == (Status.COMPLETED, 1)


def test_nothing_runs_or_is_received_while_records_cannot_be_written_and_all_runs_afterwards(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_keeper, "AWAY_SECONDS", 1)
    runs: Recording[int] = Recording()
    records.down = True
    with records.worker(lambda data, context: runs.add(context.attempt)) as worker:
        put_jobs(worker.queue, 3)
        worker.observer.wait_for(lambda facts: any(fact.operation == "begin" for fact in facts), LONG_SECONDS)
        worker.observer.wait_for(lambda facts: any(fact.operation == "check" for fact in facts), LONG_SECONDS)
        assert runs.all() == []
        # Given back as copies: no receive is lost. Each copy is there before its original is gone.
        worker.queue.wait_for(
            lambda queue: len(queue) == 3 and all(HISTORY in kept.attributes for kept in queue.stored())
        )
        assert all(kept.receive_count <= 1 for kept in worker.queue.stored())
        records.down = False
        worker.queue.wait_until_empty(LONG_SECONDS)
    assert runs.all() == [1, 1, 1]
    assert [record.status for record in records.all()] == [Status.COMPLETED] * 3


def test_a_begin_that_took_effect_unknown_is_taken_back_with_its_message(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next attempt would wait for the end of a lease that is nobody's."""
    monkeypatch.setattr(record_keeper, "AWAY_SECONDS", 1)
    runs: Recording[int] = Recording()
    records.fail["begin"] = [True, True]
    with records.worker(lambda data, context: runs.add(context.attempt)) as worker:
        records.put_message(worker)
        worker.queue.wait_until_empty(LONG_SECONDS)
    assert runs.all() == [1]
    assert (records.record.status, records.record.attempt, records.record.begins) == (Status.COMPLETED, 1, 2)


class Keeping:
    """A keeper with one attempt that began, as its consumer drives it. `sqs_seconds`: how long SQS's lease lasts."""

    def __init__(self, records: Records, after: Sequence[AfterEnd] = ()) -> None:
        self.lost: list[Delivery] = []
        self.cancelled: list[tuple[Delivery, str]] = []
        self.sqs_seconds = 60.0
        self.not_begun: list[NotBegun | None] = []
        self.keeper = RecordKeeper(
            records,
            RecordingObserver(),
            main=False,
            lease_seconds=60,
            lease_ends=lambda delivery: time.monotonic() + self.sqs_seconds,
            lost=self.lost.append,
            cancelled=lambda delivery, reason: self.cancelled.append((delivery, reason)),
            pause=lambda: None,
            after=after,
        )
        delivery = replace(a_delivery(json.dumps({"jobId": records.job_id, "jobType": "work"})), received_ms=now_ms())
        job = JobCatalogue({}).read(delivery)
        self.keeper.begin(delivery, job, lambda answer: self.not_begun.append(answer()))
        assert self.not_begun == [None]
        self.began = time.monotonic()
        self.context = Context(
            job,
            delivery,
            log=StdoutJobLog(getLogger("job"), {}),
            senders=Senders({}, Routes()),
            headers=lambda destination, job: {},
            deadline=self.began + 300,
            stopping=lambda: False,
            settings=None,
            resources=None,
        )
        self.run = Run(delivery, job, self.context, self.began, 300)
        self.keeper.runs(self.run)

    def tick(self, after_seconds: float) -> None:
        self.keeper.tick([self.run], self.began + after_seconds)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def test_a_lease_is_extended_before_the_tenth_second_to_five_seconds_before_that_of_sqs(records: Records) -> None:
    kept = Keeping(records)
    kept.sqs_seconds = 3600
    kept.tick(8.9)
    assert records.record.lease_ends < now_ms() + 60_000
    kept.tick(9)
    record = records.await_record(lambda record: record.lease_ends > now_ms() + 60_000)
    assert abs(record.lease_ends - now_ms() - 3_595_000) < 60_000
    assert records.calls["beat"] == 1


def test_an_attempt_whose_record_is_another_s_is_told(records: Records) -> None:
    kept = Keeping(records)
    records.take_over()
    kept.tick(10)
    await_that(lambda: kept.lost == [kept.run.delivery])


def test_an_attempt_whose_job_was_cancelled_is_told_why(records: Records) -> None:
    kept = Keeping(records)
    records.cancel(records.key, "no longer needed")
    kept.tick(9)
    await_that(lambda: kept.cancelled == [(kept.run.delivery, "no longer needed")])
    assert kept.lost == []


def test_a_beat_that_fails_is_tried_again_soon(records: Records) -> None:
    kept = Keeping(records)
    records.fail["beat"] = [False]
    kept.tick(10)
    await_that(lambda: records.calls["beat"] == 1)

    def beaten_again() -> bool:
        kept.tick(16)
        return records.calls["beat"] == 2

    await_that(beaten_again)
    assert kept.lost == []


def test_a_record_has_the_progress_that_its_handler_told_last(records: Records) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        context.log.progress(1, 3)
        context.log.progress(2, 3, "orders " * 100)

    with records.worker(handler) as worker:
        records.put_message(worker)
        worker.queue.wait_until_empty()
    progress = json.loads(records.record.progress)
    assert (progress["done"], progress["total"], progress["message"][:14]) == (2, 3, "orders orders ")
    assert len(records.record.progress) <= 200
    assert records.calls["beat"] == 0


def test_a_beat_carries_progress(records: Records) -> None:
    kept = Keeping(records)
    kept.context.log.progress(1, 3)
    kept.tick(10)
    record = records.await_record(lambda record: record.progress != "")
    assert record.progress == '{"done":1,"total":3,"message":"progress"}'


def test_a_main_job_records_its_triggers_where_it_is_told_to(records: Records) -> None:
    for told in (False, True):
        catalogue = TriggerCatalogue({}, default=lambda data, context: None)
        with Worker(catalogue, policy=quick(), records=records, record_triggers=told) as worker:
            worker.queue.put(json.dumps({"trigger": "test", "jobId": records.job_id}))
            worker.queue.wait_until_empty()
        found = [(one.key.stage, one.type, one.status) for one in records.all() if one.key.stage == "main"]
        assert found == ([("main", "test", Status.COMPLETED)] if told else [])


def test_a_retry_counts_and_comes_again(records: Records) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        if records.record.attempt == 1:
            raise RetryJob("later", after_seconds=0)

    with records.worker(handler) as worker:
        records.put_message(worker)
        worker.queue.wait_until_empty()
    assert (records.record.status, records.record.attempt) == (Status.COMPLETED, 2)


def test_a_job_that_a_stop_hands_back_is_queued_again_and_has_lost_no_attempt(records: Records) -> None:
    handling = Handling()

    def handler(data: dict[str, Any], context: Context) -> None:
        handling(data, context)
        raise RetryJob("stopping")

    with records.worker(handler) as worker:
        records.put_message(worker)
        handling.await_run()
        worker.consumer.drain()
        assert worker.draining.wait(WAIT_SECONDS)
        handling.go_on.set()
        assert worker.drained() == 0
    assert (records.record.status, records.record.attempt) == (Status.QUEUED, 0)


def test_a_dead_job_says_why(records: Records) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        raise RejectJob("no_such_user")

    with records.worker(handler) as worker:
        records.put_message(worker)
        worker.queue.wait_until_empty()
    assert (records.record.status, records.record.reason) == (Status.DEAD, "no_such_user")


def test_a_job_that_dies_without_a_run_is_dead_as_well(records: Records) -> None:
    tried = History(message_id="m-1", sent_ms=1, attempts=9)
    with records.worker(lambda data, context: None) as worker:
        records.put_message(worker, {HISTORY: Attribute(tried.write())}, job_type="unknown")
        worker.queue.wait_until_empty()
    assert (records.record.status, records.record.reason) == (Status.DEAD, "unsupported")


class Followed:
    """What follows an end: notes it, and fails at first as often as it is told to."""

    def __init__(self, records: Records, fails: Sequence[Exception] = ()) -> None:
        self.records = records
        self.fails = list(fails)
        self.seen: Recording[tuple[Status, str]] = Recording()

    def __call__(self, record: JobRecord) -> None:
        assert record == self.records.record
        self.seen.add((record.status, record.reason))
        if self.fails:
            raise self.fails.pop(0)


@pytest.mark.parametrize(
    ("raised", "seen"),
    [(None, (Status.COMPLETED, "")), (RejectJob("no_such_user"), (Status.DEAD, "no_such_user"))],
)
def test_what_follows_an_end_is_called_in_order_once_it_is_written_and_before_the_message_is_gone(
    records: Records, raised: Exception | None, seen: tuple[Status, str]
) -> None:
    held: list[int] = []

    def handler(data: dict[str, Any], context: Context) -> None:
        if raised is not None:
            raise raised

    first, second = Followed(records), Followed(records)
    worker = records.worker(handler, [first, lambda _: held.append(len(worker.queue)), second])
    with worker:
        records.put_message(worker)
        worker.queue.wait_until_empty()
    assert (first.seen.all(), held, second.seen.all()) == ([seen], [1], [seen])


def test_what_follows_an_end_that_is_not_confirmed_keeps_the_message_and_is_called_again(records: Records) -> None:
    runs: Recording[int] = Recording()
    errors = [RecordsError("no answer", code="TimedOut"), QueueError("refused", code="Throttled", unknown=False)]
    following = Followed(records, errors)
    with records.worker(lambda data, context: runs.add(context.attempt), [following]) as worker:
        records.put_message(worker)
        worker.queue.wait_until_empty()
        troubles = [fact.code for fact in worker.observer.facts.all() if fact.operation == "record"]
    assert following.seen.all() == [(Status.COMPLETED, "")] * 3
    assert (troubles, runs.all()) == (["TimedOut", "Throttled"], [1])


def test_nothing_follows_an_attempt_after_which_another_comes(records: Records) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        if records.record.attempt == 1:
            raise RetryJob("later", after_seconds=0)

    following = Followed(records)
    with records.worker(handler, [following]) as worker:
        records.put_message(worker)
        worker.queue.wait_until_empty()
    assert following.seen.all() == [(Status.COMPLETED, "")]


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.DEAD, Status.CANCELLED])
def test_a_message_of_a_job_that_is_over_is_followed_by_what_follows_its_end(records: Records, status: Status) -> None:
    """Its worker died in between; or it was cancelled while it waited."""
    ended_at = now_ms() + 60_000  # no redrive: sent before its end
    expires = ended_at // 1000 + 60_000
    records.put(JobRecord(key=records.key, type="work", status=status, reason="so", ended_at=ended_at, expires=expires))
    runs: Recording[int] = Recording()
    following = Followed(records, [RecordsError("no answer", code="TimedOut")])
    with records.worker(lambda data, context: runs.add(context.attempt), [following]) as worker:
        records.put_message(worker)
        worker.queue.wait_until_empty()
    assert (following.seen.all(), runs.all()) == ([(status, "so")] * 2, [])


@pytest.mark.parametrize(("died", "attempts"), [("m-0", [1]), ("m-1", [])])
def test_a_dead_letter_that_was_moved_back_begins_its_job_and_a_late_copy_of_it_does_not(
    records: Records, died: str, attempts: list[int]
) -> None:
    """The copy says of itself that it was a dead letter, too; it may be one that a stop gave back."""
    ended_at = now_ms() + 60_000
    dead = JobRecord(key=records.key, type="work", status=Status.DEAD, ended_at=ended_at, settled_by=f"{died}/a")
    records.put(replace(dead, expires=ended_at // 1000 + 60_000))
    runs: Recording[int] = Recording()
    with records.worker(lambda data, context: runs.add(context.attempt)) as worker:
        given_back = Attribute(History(message_id="m-1", sent_ms=1).write())
        records.put_message(worker, {REASON: Attribute("failed"), HISTORY: given_back})
        worker.queue.wait_until_empty()
    assert runs.all() == attempts


def test_a_job_that_dies_without_a_run_is_followed_too(records: Records) -> None:
    tried = History(message_id="m-1", sent_ms=1, attempts=9)
    following = Followed(records)
    with records.worker(lambda data, context: None, [following]) as worker:
        records.put_message(worker, {HISTORY: Attribute(tried.write())}, job_type="unknown")
        worker.queue.wait_until_empty()
    assert following.seen.all() == [(Status.DEAD, "unsupported")]


def test_a_worker_whose_job_another_ended_does_what_follows_too(records: Records) -> None:
    """The other may have died before it did; and this one's message may be the last."""
    following = Followed(records)
    kept = Keeping(records, [following])
    records.take_over()
    records.end(records.key, "another", Ending(Status.COMPLETED, now_ms()))
    assert kept.keeper.end([(kept.run.delivery, Done())]) == [True]
    assert following.seen.all() == [(Status.COMPLETED, "")]
