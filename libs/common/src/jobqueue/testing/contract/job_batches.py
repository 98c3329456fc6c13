"""The contract of batches: one suite that the double and DynamoDB's adapter pass."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Protocol

from jobqueue.consumer.job_batches import BATCH, SHARD_JOBS, Batch, JobBatches, NewBatch, Place, Tally, batch_key
from jobqueue.consumer.job_records import JobRecords, Keeping, NewJob, Status
from jobqueue.testing.clock import ManualClock
from jobqueue.testing.contract.job_records import KEEPING

_numbers = count(1)

ENDS = (Status.COMPLETED, Status.DEAD, Status.CANCELLED)


class BatchesBackend(Protocol):
    """A table of job records, and of batches."""

    def records(self, clock: ManualClock, keeping: Keeping) -> JobRecords:
        """Records that go by `clock`."""
        ...

    def batches(self, clock: ManualClock, keeping: Keeping) -> JobBatches:
        """Batches beside the last `records`."""
        ...


@dataclass
class Made:
    """One batch as the suite drives it."""

    records: JobRecords
    batches: JobBatches
    clock: ManualClock
    batch_id: str

    def make(self, jobs: int, then: str = "{}") -> None:
        self.batches.make(NewBatch(batch_id=self.batch_id, jobs=jobs, then=then))

    def mark(self, number: int, status: Status = Status.COMPLETED) -> bool:
        """Whether nothing is open any more."""
        tally = self.tally(number, status)
        return tally is not None and tally.complete

    def tally(self, number: int, status: Status = Status.COMPLETED) -> Tally | None:
        return self.batches.mark(Place(self.batch_id, number), f"job-{number}", status)

    @property
    def batch(self) -> Batch:
        found = self.batches.read(self.batch_id)
        assert found is not None
        return found

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Open, completed, dead and cancelled."""
        found = self.batch
        return len(found.open), found.completed, len(found.dead), len(found.cancelled)


class JobBatchesContract:
    """The suite. Inherit it and give it a fixture `backend`; less `jobs` and `threads` for a server that is slow, and whose writes are not atomic."""

    jobs = SHARD_JOBS + 2
    threads = 8

    def made(self, backend: BatchesBackend, jobs: int | None = None) -> Made:
        clock = ManualClock()
        records = backend.records(clock, KEEPING)
        made = Made(records, backend.batches(clock, KEEPING), clock, f"batch-{next(_numbers)}")
        if jobs is not None:
            made.make(jobs)
        return made

    def test_all_of_its_numbers_are_open_at_first_and_what_it_queues_is_kept(self, backend: BatchesBackend) -> None:
        for jobs in (0, 1, SHARD_JOBS, SHARD_JOBS + 1, 3 * SHARD_JOBS):
            made = self.made(backend)
            assert made.batches.read(made.batch_id) is None
            made.make(jobs, then='{"type": "report"}')
            assert made.batch.open == set(range(jobs))
            assert (made.batch.jobs, made.batch.completed, made.batch.then) == (jobs, 0, '{"type": "report"}')

    def test_the_mark_that_leaves_nothing_open_says_so_and_so_does_any_later_one(self, backend: BatchesBackend) -> None:
        made = self.made(backend, self.jobs)
        last = self.jobs - 1
        assert not any(made.mark(number) for number in range(last))
        assert made.batch.open == {last}
        assert not made.mark(0)
        assert made.mark(last)
        assert made.mark(last)
        assert made.mark(0)
        assert made.counts == (0, self.jobs, 0, 0)

    def test_a_mark_tells_how_far_the_batch_is_where_it_leaves_nothing_open_of_its_shard(
        self, backend: BatchesBackend
    ) -> None:
        made = self.made(backend, SHARD_JOBS + 2)
        assert made.tally(SHARD_JOBS) is None
        assert made.tally(SHARD_JOBS + 1) == Tally(2, SHARD_JOBS + 2)
        assert made.tally(SHARD_JOBS + 1) == Tally(2, SHARD_JOBS + 2)
        assert made.tally(0) is None

    def test_a_batch_that_is_made_again_stays_as_it_is(self, backend: BatchesBackend) -> None:
        made = self.made(backend, 3)
        made.mark(1, Status.DEAD)
        made.make(3, then="another")
        assert made.batch.open == {0, 2}
        assert made.batch.dead == {"job-1"}
        assert made.batch.then == "{}"

    def test_how_a_job_ended_last_counts(self, backend: BatchesBackend) -> None:
        made = self.made(backend, 4)
        for first in ENDS:
            for then in ENDS:
                made.mark(0, first)
                made.mark(0, then)
                expected = [3, *(int(then is status) for status in ENDS)]
                assert list(made.counts) == expected, (first, then)

    def test_the_ids_of_the_dead_and_the_cancelled_are_told(self, backend: BatchesBackend) -> None:
        made = self.made(backend, SHARD_JOBS + 3)
        made.mark(1, Status.DEAD)
        made.mark(SHARD_JOBS + 1, Status.DEAD)
        made.mark(2, Status.CANCELLED)
        assert made.batch.dead == {"job-1", f"job-{SHARD_JOBS + 1}"}
        assert made.batch.cancelled == {"job-2"}

    def test_a_mark_of_a_batch_that_is_gone_makes_nothing(self, backend: BatchesBackend) -> None:
        made = self.made(backend)
        assert not made.mark(0)
        assert made.batches.read(made.batch_id) is None
        made.make(1)
        made.clock.advance(KEEPING.seconds(Status.RUNNING))
        assert made.batches.read(made.batch_id) is None
        assert not made.mark(0)
        made.make(2)
        assert made.counts == (2, 0, 0, 0)

    def test_its_items_are_no_records(self, backend: BatchesBackend) -> None:
        made = self.made(backend, 1)
        assert made.records.find(made.batch_id) == []

    def test_a_batch_is_cancelled_with_its_record(self, backend: BatchesBackend) -> None:
        made = self.made(backend, 1)
        key = batch_key(made.batch_id)
        assert made.batches.cancelled(made.batch_id) is None
        made.records.queued(NewJob(key=key, type=BATCH, digest="d"))
        assert made.batches.cancelled(made.batch_id) is None
        made.records.cancel(key, "not needed")
        assert made.batches.cancelled(made.batch_id) == "not needed"

    def test_marks_in_any_order_repeated_and_at_once_give_the_truth_and_the_last_one_sees_the_end(
        self, backend: BatchesBackend
    ) -> None:
        random = Random(16)
        made = self.made(backend, self.jobs)
        ends = {number: random.choice(ENDS) for number in range(self.jobs)}
        marks = [*ends, *random.choices(list(ends), k=30)]
        random.shuffle(marks)
        with ThreadPoolExecutor(self.threads) as threads:
            told = list(threads.map(lambda number: made.mark(number, ends[number]), marks))
        assert any(told)
        found = made.batch
        assert not found.open
        assert found.dead == {f"job-{number}" for number, end in ends.items() if end is Status.DEAD}
        assert found.cancelled == {f"job-{number}" for number, end in ends.items() if end is Status.CANCELLED}
