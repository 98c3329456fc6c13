"""The contract of remembered steps: one suite that the double and DynamoDB's adapter pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import Protocol

from jobqueue.consumer.job_records import JobRecords, Keeping, Key
from jobqueue.consumer.job_steps import MAX_RESULT_BYTES, JobStep, JobSteps, kept_seconds
from jobqueue.testing.clock import ManualClock
from jobqueue.testing.contract.job_records import KEEPING

_numbers = count(1)


class StepsBackend(Protocol):
    """A table of job records, and of steps."""

    def records(self, clock: ManualClock, keeping: Keeping) -> JobRecords:
        """Records that go by `clock`."""
        ...

    def steps(self, clock: ManualClock, keeping: Keeping) -> JobSteps:
        """Steps beside the last `records`."""
        ...


@dataclass
class Job:
    """One job's steps as the suite drives them."""

    records: JobRecords
    steps: JobSteps
    clock: ManualClock
    key: Key

    def step(self, result: str | None = None, *, name: str = "charge", mark: str = "") -> JobStep:
        return JobStep(key=self.key, name=name, attempt=1, at=self.clock.wall_ms(), result=result, mark=mark)

    def begin(self, mark: str) -> JobStep | None:
        return self.steps.begin(self.step(mark=mark))

    def end(self, result: str, mark: str = "") -> JobStep | None:
        return self.steps.end(self.step(result, mark=mark))

    def again(self, mark: str) -> JobStep | None:
        return self.steps.again(self.step(mark=mark))

    @property
    def found(self) -> JobStep | None:
        steps = self.steps.read(self.key)
        assert len(steps) < 2
        return steps[0] if steps else None


class JobStepsContract:
    """The suite. Inherit it and give it a fixture `backend`."""

    def job(self, backend: StepsBackend) -> Job:
        clock = ManualClock()
        records = backend.records(clock, KEEPING)
        return Job(records, backend.steps(clock, KEEPING), clock, Key(f"stepped-{next(_numbers)}", "report"))

    def test_a_result_is_found_as_it_was_written_until_it_expires(self, backend: StepsBackend) -> None:
        job = self.job(backend)
        assert job.found is None
        step = job.step('{"id":7}')
        assert job.steps.end(step) == job.found
        assert job.found == replace(step, expires=job.clock.wall_ms() // 1000 + kept_seconds(KEEPING))
        job.clock.advance(kept_seconds(KEEPING))
        assert job.found is None

    def test_the_first_result_counts_and_who_comes_later_is_told_it(self, backend: StepsBackend) -> None:
        job = self.job(backend)
        first = job.end("1")
        assert job.end("2") == job.found == first
        job.clock.advance(kept_seconds(KEEPING))
        job.end("3")
        assert job.found is not None
        assert job.found.result == "3"

    def test_the_largest_result_fits_and_one_that_is_null_or_empty_is_one(self, backend: StepsBackend) -> None:
        for result in ("null", '""', "0", f'"{"x" * (MAX_RESULT_BYTES - 2)}"'):
            job = self.job(backend)
            job.end(result)
            assert job.found is not None
            assert job.found.result == result
            assert not job.found.begun

    def test_a_mark_is_its_writer_s_and_only_who_wrote_it_ends_it(self, backend: StepsBackend) -> None:
        job = self.job(backend)
        mine = job.begin("mine")
        assert mine == job.found
        assert mine is not None
        assert mine.begun
        assert job.begin("mine") == mine  # the answer was lost
        assert job.begin("theirs") == mine
        assert job.end("2", mark="theirs") == mine
        ended = job.end("1", mark="mine")
        assert ended is not None
        assert (ended.result, ended.begun) == ("1", False)
        assert job.end("1", mark="mine") == job.begin("theirs") == job.again("mine") == ended

    def test_what_begins_again_is_a_new_begin(self, backend: StepsBackend) -> None:
        job = self.job(backend)
        assert job.again("mine") is None
        job.begin("mine")
        assert job.again("theirs") == job.found
        job.again("mine")
        assert job.found is not None
        assert not job.found.begun
        theirs = job.begin("theirs")
        assert theirs is not None
        assert theirs.mark == "theirs"
        assert job.end("1", mark="mine") == theirs

    def test_a_mark_that_expired_may_be_written_over_and_not_be_ended(self, backend: StepsBackend) -> None:
        job = self.job(backend)
        job.begin("mine")
        job.clock.advance(kept_seconds(KEEPING))
        theirs = job.begin("theirs")
        assert theirs == job.found
        assert job.end("1", mark="mine") == theirs

    def test_a_step_that_may_run_again_ends_over_a_mark(self, backend: StepsBackend) -> None:
        """Its code no longer says that it may run at most once."""
        job = self.job(backend)
        job.begin("mine")
        job.end("1")
        assert job.found is not None
        assert job.found.result == "1"

    def test_a_stage_s_steps_are_its_own_and_no_records(self, backend: StepsBackend) -> None:
        job = self.job(backend)
        job.end("1")
        for stage in ("repor", "reports", "main"):
            other = replace(job, key=Key(job.key.job_id, stage))
            assert other.found is None
            other.end("2")
        job.steps.end(job.step("3", name="a#b"))
        assert [(step.name, step.result) for step in job.steps.read(job.key)] == [("a#b", "3"), ("charge", "1")]
        assert job.records.find(job.key.job_id) == []

    def test_many_large_steps_are_read_whole(self, backend: StepsBackend) -> None:
        job = self.job(backend)
        large = f'"{"x" * (MAX_RESULT_BYTES - 2)}"'
        for number in range(4):
            job.steps.end(job.step(large, name=str(number)))
        assert [step.name for step in job.steps.read(job.key)] == ["0", "1", "2", "3"]
        assert job.records.find(job.key.job_id) == []
