"""The contract of job records: one suite that the double and DynamoDB's adapter pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Protocol

from jobqueue.consumer.asked import Ask, answers_of
from jobqueue.consumer.job_records import (
    VERSION,
    Answer,
    Beat,
    BegunJobRecords,
    Ending,
    JobRecord,
    Keeping,
    Key,
    NewJob,
    Refusal,
    Refused,
    Start,
    Status,
)
from jobqueue.testing.clock import ManualClock

KEEPING = Keeping(retention_seconds=345_600, days=30)
LEASE_SECONDS = 55
_numbers = count(1)


class RecordsBackend(Protocol):
    """An empty table, and a way to write to it past the rules."""

    def records(self, clock: ManualClock, keeping: Keeping) -> BegunJobRecords:
        """Records that go by `clock`."""
        ...

    def put(self, record: JobRecord) -> None:
        """Writes a record as it is."""
        ...


@dataclass
class Job:
    """One job as the suite drives it. `soon`: it begins and ends without a thread that waits."""

    records: BegunJobRecords
    clock: ManualClock
    key: Key
    soon: bool = False
    type: str = "report"
    sent_at: int = 0

    def queued(self, digest: str = "d1") -> Answer:
        return self.records.queued(NewJob(key=self.key, type=self.type, digest=digest, correlation_id="c"))

    def begin(self, owner: str, *, redriven: bool = False, job_type: str | None = None) -> Answer:
        start = Start(
            key=self.key,
            type=job_type or self.type,
            owner=owner,
            lease_ends=self.clock.wall_ms() + LEASE_SECONDS * 1000,
            sent_at=self.sent_at,
            correlation_id="c",
            redriven=redriven,
        )
        return answered(partial(self.records.begin_soon, start)) if self.soon else self.records.begin(start)

    def beat(self, owner: str, *, progress: str = "", cursor: str = "") -> Answer:
        return self.records.beat(self.key, owner, Beat(self.clock.wall_ms() + LEASE_SECONDS * 1000, progress, cursor))

    def end(self, owner: str, status: Status = Status.COMPLETED, *, counts: bool = True) -> Answer:
        ending = Ending(status, self.clock.wall_ms(), counts=counts)
        end = partial(self.records.end_soon, self.key, owner, ending)
        return answered(end) if self.soon else self.records.end(self.key, owner, ending)

    @property
    def record(self) -> JobRecord:
        (record,) = self.records.find(self.key.job_id)
        return record


def answered(ask: Ask[Callable[[], Answer]]) -> Answer:
    (answer,) = answers_of([ask])
    assert answer is not None
    return answer()


def why(answer: Answer) -> Refusal:
    assert isinstance(answer, Refused), answer
    return answer.why


def attempt(answer: Answer) -> int:
    assert isinstance(answer, JobRecord), answer
    assert answer.status is Status.RUNNING
    return answer.attempt


class JobRecordsContract:
    """The suite. Inherit it and give it a fixture `backend`."""

    soon = False

    def job(self, backend: RecordsBackend) -> Job:
        clock = ManualClock()
        return Job(backend.records(clock, KEEPING), clock, Key(f"job-{next(_numbers)}", "report"), soon=self.soon)

    def test_a_check_writes_nothing(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.records.check()
        assert job.records.find("-") == []

    def test_a_job_is_queued_runs_and_completes(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        queued = job.queued()
        assert queued == job.record
        assert (job.record.status, job.record.attempt, job.record.digest) == (Status.QUEUED, 0, "d1")
        job.clock.advance(1)
        began = job.begin("a")
        assert began == job.record
        assert (job.record.status, job.record.attempt, job.record.owner) == (Status.RUNNING, 1, "a")
        assert job.record.began_at - job.record.queued_at == 1000
        job.clock.advance(1)
        ended = job.end("a")
        assert ended == job.record
        assert (job.record.status, job.record.owner, job.record.lease_ends) == (Status.COMPLETED, "", 0)
        assert job.record.ended_at - job.record.began_at == 1000

    def test_a_job_that_nobody_queued_begins_as_well(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        assert attempt(job.begin("a")) == 1
        assert why(job.queued()) is Refusal.RUNNING

    def test_no_attempt_begins_beside_a_lease_that_lasts(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.begin("a")
        job.clock.advance(LEASE_SECONDS - 1)
        refused = job.begin("b")
        assert why(refused) is Refusal.RUNNING
        assert isinstance(refused, Refused)
        assert refused.record == job.record
        job.beat("a")
        job.clock.advance(LEASE_SECONDS - 1)
        assert why(job.begin("b")) is Refusal.RUNNING

    def test_an_attempt_whose_lease_ended_is_followed_and_can_write_nothing_more(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.begin("a")
        job.clock.advance(LEASE_SECONDS)
        assert attempt(job.begin("b")) == 2
        assert why(job.beat("a")) is Refusal.RUNNING
        assert why(job.end("a")) is Refusal.RUNNING
        assert job.record.owner == "b"

    def test_an_attempt_whose_lease_ended_goes_on_while_nobody_follows(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.begin("a")
        job.clock.advance(LEASE_SECONDS * 3)
        assert isinstance(job.beat("a"), JobRecord)
        job.clock.advance(LEASE_SECONDS * 3)
        assert isinstance(job.end("a"), JobRecord)

    def test_nothing_begins_once_it_is_over(self, backend: RecordsBackend) -> None:
        for status in (Status.COMPLETED, Status.DEAD, Status.CANCELLED):
            job = self.job(backend)
            job.begin("a")
            job.end("a", status)
            assert why(job.begin("b")) is Refusal.OVER
            assert why(job.queued()) is Refusal.OVER
            assert why(job.beat("a")) is Refusal.OVER

    def test_a_retry_counts_and_a_release_does_not(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.begin("a")
        job.end("a", Status.RETRYING)
        assert attempt(job.begin("b")) == 2
        job.end("b", Status.QUEUED, counts=False)
        assert job.record.attempt == 1
        assert attempt(job.begin("c")) == 2

    def test_a_first_attempt_that_was_released_is_the_first_again(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.begin("a")
        job.end("a", Status.QUEUED, counts=False)
        assert (job.record.attempt, job.record.begins) == (0, 1)
        assert isinstance(job.records.cancel(job.key, "no longer needed"), JobRecord)

    def test_a_call_whose_answer_was_lost_is_repeated_without_harm(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        assert job.queued() == job.queued()
        assert job.begin("a") == job.begin("a")
        assert job.record.attempt == 1
        assert job.end("a", Status.RETRYING) == job.end("a", Status.RETRYING)
        assert why(job.end("a", Status.COMPLETED)) is Refusal.RUNNING

    def test_another_job_with_the_same_id_is_a_conflict(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.queued("d1")
        assert why(job.queued("d2")) is Refusal.CONFLICT
        assert why(job.begin("a", job_type="other")) is Refusal.CONFLICT

    def test_a_dead_job_begins_again_only_for_its_dead_letter(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.begin("a")
        job.end("a", Status.RETRYING)
        job.begin("b")
        job.end("b", Status.DEAD)
        assert why(job.begin("late duplicate")) is Refusal.OVER
        assert attempt(job.begin("c", redriven=True)) == 1  # it says so of itself
        job.end("c", Status.RETRYING)
        assert attempt(job.begin("d", redriven=True)) == 2

    def test_a_dead_job_begins_again_for_a_message_that_was_sent_after_its_death(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.begin("a")
        job.clock.advance(1)
        job.end("a", Status.DEAD)
        job.sent_at = job.clock.wall_ms()
        assert why(job.begin("late duplicate")) is Refusal.OVER
        job.sent_at += 1
        assert attempt(job.begin("b")) == 1

    def test_a_completed_job_does_not_begin_again_for_a_dead_letter(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.begin("a")
        job.end("a")
        assert why(job.begin("b", redriven=True)) is Refusal.OVER

    def test_a_late_copy_of_a_dead_letter_that_was_moved_back_does_not_begin_a_job_that_died_again(
        self, backend: RecordsBackend
    ) -> None:
        job = self.job(backend)
        job.begin("first/a")
        job.end("first/a", Status.DEAD)
        assert attempt(job.begin("letter/a", redriven=True)) == 1
        job.end("letter/a", Status.DEAD)
        assert why(job.begin("letter/b", redriven=True)) is Refusal.OVER
        assert attempt(job.begin("second letter/a", redriven=True)) == 1

    def test_a_job_that_waits_is_cancelled_at_once(self, backend: RecordsBackend) -> None:
        for ended in (None, Status.RETRYING):
            job = self.job(backend)
            job.queued()
            if ended:
                job.begin("a")
                job.end("a", ended)
            assert job.records.cancel(job.key, "no longer needed") == job.record
            assert (job.record.status, job.record.reason) == (Status.CANCELLED, "no longer needed")
            assert why(job.begin("b")) is Refusal.OVER
            assert why(job.records.cancel(job.key, "again")) is Refusal.OVER

    def test_a_job_that_runs_hears_of_its_cancel_with_its_beat(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.begin("a")
        job.records.cancel(job.key, "no longer needed")
        heard = job.beat("a")
        assert isinstance(heard, JobRecord)
        assert heard.cancel == "no longer needed"
        assert isinstance(job.end("a", Status.COMPLETED), JobRecord)

    def test_what_an_attempt_says_of_its_work_stays_until_it_says_more(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.begin("a")
        job.beat("a", progress='{"done":1}', cursor='"x"')
        assert (job.record.progress, job.record.cursor) == ('{"done":1}', '"x"')
        job.beat("a", progress='{"done":2}')
        assert (job.record.progress, job.record.cursor) == ('{"done":2}', '"x"')
        job.records.end(job.key, "a", Ending(Status.QUEUED, job.clock.wall_ms(), counts=False, cursor='"y"'))
        assert (job.record.progress, job.record.cursor) == ('{"done":2}', '"y"')
        job.begin("b")
        assert (job.record.progress, job.record.cursor) == ('{"done":2}', '"y"')

    def test_a_job_that_is_to_be_cancelled_does_not_begin_again(self, backend: RecordsBackend) -> None:
        for ended in (None, Status.RETRYING):
            job = self.job(backend)
            job.begin("a")
            job.records.cancel(job.key, "no longer needed")
            if ended:
                job.end("a", ended)
            job.clock.advance(LEASE_SECONDS)
            assert why(job.begin("b")) is Refusal.OVER
            assert (job.record.status, job.record.reason) == (Status.CANCELLED, "no longer needed")

    def test_a_job_that_is_to_be_cancelled_is_as_soon_as_it_would_wait(self, backend: RecordsBackend) -> None:
        for ended in (Status.RETRYING, Status.QUEUED):
            job = self.job(backend)
            job.begin("a")
            job.records.cancel(job.key, "no longer needed")
            assert job.end("a", ended) == job.end("a", ended) == job.record
            assert (job.record.status, job.record.reason) == (Status.CANCELLED, "no longer needed")

    def test_what_does_not_exist_cannot_be_cancelled(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        assert why(job.records.cancel(job.key, "no longer needed")) is Refusal.ABSENT

    def test_what_expired_counts_as_absent(self, backend: RecordsBackend) -> None:
        for over in (False, True):
            job = self.job(backend)
            job.queued()
            if over:
                job.begin("a")
                job.end("a")
            job.clock.advance(KEEPING.seconds(job.record.status) + 1)
            assert job.records.find(job.key.job_id) == []
            assert why(job.records.cancel(job.key, "no longer needed")) is Refusal.ABSENT
            assert attempt(job.begin("b")) == 1
            assert job.record.digest == ""
            job.clock.advance(KEEPING.seconds(Status.RUNNING) + 1)
            assert isinstance(job.queued("d2"), JobRecord)

    def test_each_write_begins_the_time_to_live_anew(self, backend: RecordsBackend) -> None:
        job = self.job(backend)

        def after(write: Callable[[], Answer], status: Status) -> None:
            job.clock.advance(5)
            write()
            assert job.record.expires == job.clock.wall_ms() // 1000 + KEEPING.seconds(status)

        after(job.queued, Status.QUEUED)
        after(lambda: job.begin("a"), Status.RUNNING)
        after(lambda: job.beat("a"), Status.RUNNING)
        after(lambda: job.end("a", Status.DEAD), Status.DEAD)

    def test_a_newer_record_is_left_alone(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.queued()
        newer = replace(job.record, version=VERSION + 1)
        backend.put(newer)
        for answer in (job.queued(), job.begin("a"), job.records.cancel(job.key, "x")):
            assert why(answer) is Refusal.NEWER
        assert job.record == newer

    def test_the_stages_of_a_job_are_found_together(self, backend: RecordsBackend) -> None:
        job = self.job(backend)
        job.begin("a")
        main = replace(job, key=Key(job.key.job_id, "main"), type="import")
        main.begin("b")
        assert [record.key.stage for record in job.records.find(job.key.job_id)] == ["main", "report"]


class BegunJobRecordsContract(JobRecordsContract):
    """The same, of attempts that begin and end without a thread that waits."""

    soon = True

    def test_any_number_may_be_under_way(self, backend: RecordsBackend) -> None:
        clock = ManualClock()
        records = backend.records(clock, KEEPING)
        keys = [Key(f"job-{next(_numbers)}", "report") for _ in range(100)]
        ends = clock.wall_ms() + LEASE_SECONDS * 1000
        starts = [Start(key=key, type="report", owner="a", lease_ends=ends, sent_at=0) for key in keys]
        begun = answers_of([partial(records.begin_soon, start) for start in starts])
        assert [attempt(answer()) for answer in begun if answer is not None] == [1] * len(keys)
        ending = Ending(Status.COMPLETED, clock.wall_ms())
        ended = answers_of([partial(records.end_soon, key, "a", ending) for key in keys])
        found = [answer() for answer in ended if answer is not None]
        assert [record.status for record in found if isinstance(record, JobRecord)] == [Status.COMPLETED] * len(keys)
