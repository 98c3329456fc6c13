"""Batches of jobs: fan-out, and the join once all of them are over."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from threading import Event
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobqueue import Context, JobCatalogue, RejectJob, RetryJob
from jobqueue.consumer import further_jobs
from jobqueue.consumer.fan_out import MAX_THEN_BYTES, BatchJob
from jobqueue.consumer.job_batches import BATCH, SHARD_JOBS, NewBatch, batch_key
from jobqueue.consumer.job_records import Answer, JobRecord, Key, NewJob, RecordsError, Start, Status
from jobqueue.consumer.joins import Joins, Then
from jobqueue.consumer.ports import QueueError
from jobqueue.consumer.queued_records import QueuedRecords
from jobqueue.consumer.routes import Routes, Senders
from jobqueue.messages.job_id import new_job_id
from jobqueue.testing import Drained, InMemoryJobRecords, InMemoryQueue, InMemorySender, drain, put_job

from .workbench import WAIT_SECONDS, Worker, quick


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(further_jobs, "PAUSES_SECONDS", (0.0, 0.0, 0.0))


def pages(count: int) -> list[BatchJob]:
    return [BatchJob("page", {"number": number}, str(number)) for number in range(count)]


@dataclass
class Shop:
    """A service whose job `split` makes a batch of pages, with `report` at its end."""

    jobs: Iterable[Any] = ()
    then: Any = ("report", {"month": "2026-01"})
    key: str | None = None
    dead: frozenset[int] = frozenset()
    crashes: int = 0
    """How many attempts at `split` fail once they made the batch."""
    records: InMemoryJobRecords = field(default_factory=InMemoryJobRecords)
    ran: Counter[int] = field(default_factory=Counter)
    ids: list[str] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)

    def split(self, data: dict[str, Any], context: Context) -> None:
        self.ids.append(context.batch(self.jobs, then=self.then, key=self.key))
        if len(self.ids) <= self.crashes:
            raise RetryJob("once more")

    def page(self, data: dict[str, Any], context: Context) -> None:
        self.ran[data["number"]] += 1
        if data["number"] in self.dead:
            raise RejectJob("bad_page")

    def report(self, data: dict[str, Any], context: Context) -> None:
        self.reports.append(data)

    @property
    def catalogue(self) -> JobCatalogue:
        return JobCatalogue({"split": self.split, "page": self.page, "report": self.report})

    def run(self, queue: InMemoryQueue | None = None) -> Drained:
        if queue is None:
            queue = InMemoryQueue()
            put_job(queue, "split", {})
        return drain(self.catalogue, queue, next_jobs=queue, records=self.records, seconds=60)

    def reason(self) -> str:
        """Why the job `split` is dead."""
        (letter,) = self.run().dead_letters
        assert set(self.ran) == set()
        return f"{letter.reason}: {letter.error}"

    @property
    def head(self) -> JobRecord:
        (record,) = [one for one in self.records.all() if one.key.stage == BATCH]
        return record


def result(batch_id: str, jobs: int, dead: Sequence[str] = (), cancelled: int = 0) -> dict[str, Any]:
    completed = jobs - len(dead) - cancelled
    counts = {"jobs": jobs, "completed": completed, "dead": len(dead), "cancelled": cancelled}
    return {"month": "2026-01", "batch": {"id": batch_id, **counts, "dead_ids": sorted(dead)}}


@pytest.mark.parametrize("jobs", [0, 1, 25, 210])
def test_what_it_is_for_runs_once_when_all_of_its_jobs_are_over(jobs: int) -> None:
    shop = Shop(pages(jobs))
    shop.run()
    assert shop.ran == dict.fromkeys(range(jobs), 1)
    assert shop.reports == [result(shop.ids[0], jobs)]
    assert (shop.head.status, shop.head.key.job_id) == (Status.COMPLETED, shop.ids[0])
    assert {one.key.stage for one in shop.records.find(shop.ids[0])} == {BATCH, "report"}


def test_dead_jobs_are_counted_and_named() -> None:
    shop = Shop(pages(5), dead=frozenset({1, 3}))
    shop.run()
    dead = [one.key.job_id for one in shop.records.all() if one.status is Status.DEAD]
    assert len(dead) == 2
    assert shop.reports == [result(shop.ids[0], 5, dead)]


def test_its_jobs_name_it_as_their_parent_and_it_the_job_that_made_it() -> None:
    shop = Shop(pages(2))
    shop.run()
    assert sorted(one.number for one in shop.records.all() if one.parent == shop.ids[0]) == [1, 2]
    (maker,) = [one.key.job_id for one in shop.records.all() if one.type == "split"]
    assert shop.head.parent == maker


def test_a_repeated_attempt_makes_the_same_batch_whatever_the_order_of_its_jobs() -> None:
    jobs = pages(30)

    class Shuffled(Shop):
        def split(self, data: dict[str, Any], context: Context) -> None:
            Random(len(self.ids)).shuffle(jobs)
            super().split(data, context)

    shop = Shuffled(jobs, key="pages", crashes=2)
    shop.run()
    assert len(shop.ids) == 3
    assert len(set(shop.ids)) == 1
    assert shop.ran == dict.fromkeys(range(30), 1)
    assert len(shop.reports) == 1


def test_other_jobs_under_the_same_key_are_refused() -> None:
    class Changing(Shop):
        def split(self, data: dict[str, Any], context: Context) -> None:
            self.jobs = pages(len(self.ids) + 3)
            super().split(data, context)

    shop = Changing(key="pages", crashes=1)
    (letter,) = shop.run().dead_letters
    assert letter.reason == "batch_changed"
    assert "in a step" in letter.error
    assert shop.reports == [result(shop.ids[0], 3)]


def test_jobs_without_keys_may_be_alike_and_may_be_plain_tuples() -> None:
    shop = Shop([("page", {"number": 7})] * 3)
    shop.run()
    assert shop.ran == {7: 3}
    assert shop.reports == [result(shop.ids[0], 3)]


def test_in_a_step_its_jobs_are_known_by_their_places() -> None:
    class Stepping(Shop):
        def split(self, data: dict[str, Any], context: Context) -> None:
            attempt = len(self.ids)
            jobs = [("page", {"number": number, "attempt": attempt}) for number in range(3)]
            self.ids.append(context.step("fan-out", lambda: context.batch(jobs, then=self.then)))
            with pytest.raises(ValueError, match="batch needs a key outside of a step"):
                context.batch(jobs, then=self.then)

    shop = Stepping()
    shop.run()
    assert shop.reports == [result(shop.ids[0], 3)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"jobs": [("page", {}, "a"), ("page", {}, "a")]}, "two jobs of the batch have the key 'a'"),
        ({"jobs": pages(10_001)}, "at most 10,000 jobs"),
        ({"jobs": [("page", {}, "a", 1)]}, "job 0 of the batch must be"),
        ({"jobs": ["page"]}, "job 0 of the batch must be"),
        ({"jobs": [("page", {}, "")]}, "the key of job 0 of the batch must be text"),
        ({"jobs": [("page", {"a": {1}})]}, "bad_data"),
        ({"jobs": [("page", {"a": "x" * 300_000})]}, "too_large"),
        ({"then": "report"}, "`then` must be"),
        ({"then": ("report", {"batch": 1})}, "'batch' of its own"),
        ({"then": ("batch", {})}, "cannot be a job of the type 'batch'"),
        ({"then": ("report", [1])}, "bad_data"),
        ({"then": ("report", {"a": "x" * MAX_THEN_BYTES})}, "too_large"),
        ({"then": ("report", {"a": "x" * 261_000})}, "too_large"),
        ({"key": ""}, "the key of batch must be text"),
    ],
)
def test_what_can_be_no_batch_is_told_before_anything_is_written_or_sent(changes: dict[str, Any], reason: str) -> None:
    shop = Shop(**{"jobs": pages(1), **changes})
    assert reason in shop.reason()
    assert {one.type for one in shop.records.all()} == {"split"}


def test_without_records_of_jobs_there_is_no_batch() -> None:
    queue = InMemoryQueue()
    put_job(queue, "split", {})
    (letter,) = drain(Shop(pages(1)).catalogue, queue, next_jobs=queue).dead_letters
    assert letter.reason == "no_job_record"
    assert "JOB_TABLE" in letter.error


def test_of_a_cancelled_batch_no_job_begins_and_what_it_is_for_is_not_queued() -> None:
    class Cancelling(Shop):
        def split(self, data: dict[str, Any], context: Context) -> None:
            super().split(data, context)
            self.records.cancel(batch_key(self.ids[0]), "not needed")

    shop = Cancelling(pages(5))
    queue = InMemoryQueue()
    put_job(queue, "split", {})
    drain(shop.catalogue, queue, next_jobs=queue, records=shop.records, seconds=60, policy=quick(max_concurrency=1))
    assert shop.ran == {}
    assert shop.reports == []
    children = [one for one in shop.records.all() if one.type == "page"]
    assert [(one.status, one.reason) for one in children] == [(Status.CANCELLED, "not needed")] * 5
    assert (shop.head.status, shop.head.reason) == (Status.CANCELLED, "not needed")
    batch = shop.records.batches.read(shop.ids[0])
    assert batch is not None
    assert (len(batch.open), len(batch.cancelled)) == (0, 5)


def test_a_job_that_runs_hears_that_its_batch_is_cancelled() -> None:
    began, records, key = Event(), InMemoryJobRecords(), Key(new_job_id(), "page")

    def page(data: dict[str, Any], context: Context) -> None:
        began.set()
        never = Event()
        while not context.cancelled and context.remaining_seconds > 0:
            never.wait(0.01)
        raise RetryJob(str(context.cancel_reason))

    batch_id = new_job_id()
    records.batches.make(NewBatch(batch_id=batch_id, jobs=2, then=""))
    records.queued(NewJob(key=batch_key(batch_id), type=BATCH, digest=""))
    records.queued(NewJob(key=key, type="page", digest="", parent=batch_id, number=1))
    with Worker(JobCatalogue({"page": page}), quick(lease_seconds=6), records=records) as worker:
        worker.queue.put(json.dumps({"jobId": key.job_id, "jobType": "page", "version": 1, "data": {}}))
        assert began.wait(WAIT_SECONDS)
        records.cancel(batch_key(batch_id), "not needed")
        worker.queue.wait_for(lambda queue: len(queue) == 0, 30)
    (child,) = records.find(key.job_id)
    assert (child.status, child.reason) == (Status.CANCELLED, "not needed")


@dataclass
class Ending:
    """The ends of a batch's jobs, as workers tell of them, without the workers."""

    jobs: int

    def __post_init__(self) -> None:
        self.records = InMemoryJobRecords()
        self.queue = InMemoryQueue("jobs")
        self.sender = InMemorySender(self.queue)
        self.batch_id = new_job_id()
        senders = Senders({"jobs": self.sender}, Routes(default="jobs"))
        self.joins = Joins(self.records, self.records.batches, senders, QueuedRecords(self.records).write)
        then = Then(queue="jobs", type="report", data="{}", correlation_id="c", trigger="{}", result="null")
        text = msgspec.json.encode(then).decode()
        self.records.batches.make(NewBatch(batch_id=self.batch_id, jobs=self.jobs, then=text))
        self.records.queued(NewJob(key=batch_key(self.batch_id), type=BATCH, digest="", correlation_id="c"))

    def end(self, number: int, status: Status = Status.COMPLETED) -> None:
        self.joins.after(
            JobRecord(
                key=Key(f"job-{number}", "page"), type="page", status=status, parent=self.batch_id, number=number + 1
            )
        )

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [json.loads(one.body) for one in self.queue.stored()]

    @property
    def head(self) -> JobRecord:
        return next(one for one in self.records.find(self.batch_id) if one.key.stage == BATCH)


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("operation", ["begin", "queued", "end"])
def test_a_join_whose_call_fails_is_done_again_by_whoever_tells_of_the_end_again(operation: str, lost: bool) -> None:
    ending = Ending(1)
    ending.records.fail[operation] = [lost]
    with pytest.raises((RecordsError, QueueError)):
        ending.end(0)
    assert not ending.head.status.over or lost
    ending.end(0)
    ending.end(0)
    assert ending.head.status is Status.COMPLETED
    assert {(one["jobId"], one["jobType"]) for one in ending.sent} == {(ending.batch_id, "report")}


def test_its_record_tells_how_far_it_is_by_whole_shards() -> None:
    ending = Ending(SHARD_JOBS + 1)
    ending.joins.begin(ending.batch_id, "c")
    ending.end(SHARD_JOBS)
    assert json.loads(ending.head.progress) == {"done": 1, "total": SHARD_JOBS + 1, "message": "jobs"}
    for number in range(SHARD_JOBS):
        ending.end(number)
    assert json.loads(ending.head.progress) == {"done": SHARD_JOBS + 1, "total": SHARD_JOBS + 1, "message": "jobs"}


def test_what_it_is_for_is_not_sent_again_once_it_has_begun() -> None:
    ending = Ending(1)
    ending.records.fail["end"] = [False]
    with pytest.raises(RecordsError):
        ending.end(0)
    ending.records.begin(
        Start(key=Key(ending.batch_id, "report"), type="report", owner="me", lease_ends=2**60, sent_at=0)
    )
    ending.end(0)
    assert len(ending.sent) == 1
    assert ending.head.status is Status.COMPLETED


def test_a_service_that_cannot_send_it_says_so_and_does_not_take_the_batch_for_joined() -> None:
    ending = Ending(1)
    elsewhere = Senders({"others": InMemorySender(InMemoryQueue("others"))}, Routes(default="others"))
    with pytest.raises(QueueError, match="cannot send its 'report' to jobs") as raised:
        replace(ending.joins, senders=elsewhere).after(
            JobRecord(key=Key("job-0", "page"), type="page", status=Status.DEAD, parent=ending.batch_id, number=1)
        )
    assert raised.value.code == "NoQueue"
    ending.end(0)
    assert len(ending.sent) == 1


def test_a_dead_job_that_completes_once_it_is_redriven_is_no_longer_counted_as_dead() -> None:
    ending = Ending(2)
    ending.end(0, Status.DEAD)
    ending.end(0)
    ending.end(1)
    assert ending.sent[0]["data"]["batch"] | {"id": ""} == {
        "id": "",
        "jobs": 2,
        "completed": 2,
        "dead": 0,
        "cancelled": 0,
        "dead_ids": [],
    }


def test_a_job_that_was_cancelled_before_it_was_sent_is_counted_by_the_next_attempt_at_the_batch() -> None:
    shop = Shop(pages(3), key="pages", crashes=1)
    queued, tries = shop.records.queued, []

    def cancelling(job: NewJob) -> Answer:
        """The first of its jobs is cancelled in the moment in which it is recorded, and never sent: so it is where its maker dies."""
        answer = queued(job)
        if job.number == 1 and len(tries) < len(further_jobs.PAUSES_SECONDS):
            tries.append(job)
            shop.records.cancel(job.key, "not needed")
            raise RecordsError("killed", code="Killed")
        return answer

    shop.records.queued = cancelling  # type: ignore[method-assign]
    shop.run()
    assert shop.reports == [result(shop.ids[0], 3, cancelled=1)]


@given(st.integers(1, 12), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_in_any_history_a_batch_is_joined_once_with_counts_that_are_true(jobs: int, seed: int) -> None:
    """Ends come late and twice, calls fail or their answers are lost, dead jobs are redriven before the join."""
    ending, random = Ending(jobs), Random(seed)
    statuses = {number: random.choice([Status.COMPLETED, Status.DEAD, Status.CANCELLED]) for number in range(jobs)}
    tells = [number for number in range(jobs) for _ in range(random.randint(1, 3))]
    random.shuffle(tells)
    left = set(statuses)
    while tells or left:
        number = tells.pop() if tells else random.choice(sorted(left))
        if random.random() < 0.3:
            ending.records.batches.fail = [random.random() < 0.5]
        elif random.random() < 0.3:
            ending.records.fail[random.choice(["begin", "queued", "end"])] = [random.random() < 0.5]
        batch = ending.records.batches.read(ending.batch_id)
        assert batch is not None
        if statuses[number] is Status.DEAD and batch.open - {number} and random.random() < 0.3:
            statuses[number] = Status.COMPLETED
            ending.records.batches.fail = []  # one whose end is not told before the others' counts as dead
        try:
            ending.end(number, statuses[number])
        except (RecordsError, QueueError):
            left.add(number)  # its message stays, and comes again
        else:
            left.discard(number)
        ending.records.fail.clear()
        ending.records.batches.fail = []
    assert ending.head.status is Status.COMPLETED
    counts = Counter(statuses.values())
    for one in ending.sent:  # more than once where an answer was lost, with one id
        assert one["jobId"] == ending.batch_id
        told = one["data"]["batch"]
        assert (told["completed"], told["dead"], told["cancelled"]) == (
            counts[Status.COMPLETED],
            counts[Status.DEAD],
            counts[Status.CANCELLED],
        )
    assert ending.sent
