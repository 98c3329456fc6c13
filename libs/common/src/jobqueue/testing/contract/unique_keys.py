"""The contract of unique keys: one suite that the double and DynamoDB's adapter pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from jobqueue.consumer.job_records import Answer, BegunJobRecords, Keeping, Key, Status
from jobqueue.consumer.unique_keys import MAX_NAME_BYTES, Claim, UniqueKeys
from jobqueue.testing.clock import ManualClock
from jobqueue.testing.contract.job_records import KEEPING
from jobqueue.testing.contract.job_records import Job as RecordedJob

_numbers = count(1)


class UniqueBackend(Protocol):
    """A table of job records, and of unique keys."""

    def records(self, clock: ManualClock, keeping: Keeping) -> BegunJobRecords:
        """Records that go by `clock`."""
        ...

    def unique_keys(self, clock: ManualClock, keeping: Keeping) -> UniqueKeys:
        """Keys beside the records that were made last."""
        ...


@dataclass
class Keys:
    """One key as the suite drives it, and jobs that want it."""

    records: BegunJobRecords
    keys: UniqueKeys
    clock: ManualClock
    key: str

    def asked_by(self, job_id: str, seconds: int | None = None, *, job_type: str = "report") -> Claim:
        return Claim(job_id=job_id, type=job_type, key=self.key, seconds=seconds)

    def claim(self, job_id: str, seconds: int | None = None, *, job_type: str = "report") -> str:
        return self.keys.claim(self.asked_by(job_id, seconds, job_type=job_type))

    def job(self, job_id: str) -> RecordedJob:
        return RecordedJob(self.records, self.clock, Key(job_id, "report"))


class UniqueKeysContract:
    """The suite. Inherit it and give it a fixture `backend`."""

    def keys(self, backend: UniqueBackend) -> Keys:
        clock = ManualClock()
        records = backend.records(clock, KEEPING)
        return Keys(records, backend.unique_keys(clock, KEEPING), clock, f"order {next(_numbers)}")

    def test_who_claims_first_has_the_key_and_all_who_come_later_are_told_so(self, backend: UniqueBackend) -> None:
        keys = self.keys(backend)
        assert [keys.claim(job_id) for job_id in ("a", "b", "a", "c")] == ["a"] * 4

    def test_a_key_is_that_of_a_type(self, backend: UniqueBackend) -> None:
        keys = self.keys(backend)
        assert keys.claim("a") == "a"
        assert keys.claim("b", job_type="export") == "b"

    def test_a_job_has_its_key_while_it_waits_runs_and_is_tried_again(self, backend: UniqueBackend) -> None:
        keys = self.keys(backend)
        keys.claim("a")
        job = keys.job("a")
        changes: list[Callable[[], Answer]] = [
            job.queued,
            lambda: job.begin("1"),
            lambda: job.end("1", Status.RETRYING),
        ]
        for change in changes:
            change()
            assert keys.claim("b") == "a"

    def test_a_job_that_is_over_has_no_key_however_it_ended(self, backend: UniqueBackend) -> None:
        keys = self.keys(backend)
        ends = {"a": Status.COMPLETED, "b": Status.DEAD, "c": Status.CANCELLED}
        for job_id, status in ends.items():
            assert keys.claim(job_id) == job_id
            keys.job(job_id).begin("1")
            keys.job(job_id).end("1", status)
        assert keys.claim("d") == "d"
        keys.job("d").queued()
        keys.records.cancel(Key("d", "report"), "no longer needed")
        assert keys.claim("e") == "e"

    def test_a_late_duplicate_of_a_job_that_is_over_does_not_take_the_key(self, backend: UniqueBackend) -> None:
        keys = self.keys(backend)
        keys.claim("a")
        keys.job("a").begin("1")
        keys.job("a").end("1")
        assert keys.claim("b") == "b"
        assert keys.claim("a") == "b"

    def test_a_dead_job_that_is_redriven_has_its_key_unless_another_took_it(self, backend: UniqueBackend) -> None:
        keys = self.keys(backend)
        for job_id in ("a", "b"):
            keys.claim(job_id)
            keys.job(job_id).begin("1")
            keys.job(job_id).end("1", Status.DEAD)
            keys.job(job_id).begin("2", redriven=True)
            assert keys.claim("other") == job_id
            keys.job(job_id).end("2", Status.DEAD)
        assert keys.claim("c") == "c"
        keys.job("b").begin("3", redriven=True)
        assert keys.claim("b") == "c"

    def test_a_key_is_held_for_as_long_as_was_asked_for(self, backend: UniqueBackend) -> None:
        for seconds, kept in ((60, 60), (None, KEEPING.retention_seconds)):
            keys = self.keys(backend)
            keys.claim("a", seconds)
            keys.job("a").queued()
            keys.clock.advance(kept - 1)
            assert keys.claim("a", 3600) == "a"  # again, and no longer for that
            assert keys.claim("b") == "a"
            keys.clock.advance(1)
            assert keys.claim("b") == "b"
            assert keys.claim("a") == "b"

    def test_a_job_without_a_record_keeps_its_key(self, backend: UniqueBackend) -> None:
        """Its sender is about to queue it, or died: then it is free with its time, or when it claims again and is queued."""
        keys = self.keys(backend)
        keys.claim("a", 60)
        keys.clock.advance(59)
        assert keys.claim("b") == "a"
        keys.clock.advance(1)
        assert keys.claim("b") == "b"

    def test_a_job_that_will_not_be_queued_gives_its_key_back(self, backend: UniqueBackend) -> None:
        keys = self.keys(backend)
        keys.claim("a")
        keys.keys.release(keys.asked_by("b"))
        assert keys.claim("b") == "a"
        keys.keys.release(keys.asked_by("a"))
        assert keys.claim("b") == "b"
        keys.keys.release(keys.asked_by("a"))
        assert keys.claim("c") == "b"

    def test_a_job_that_was_queued_gives_no_key_back(self, backend: UniqueBackend) -> None:
        """A second copy of its trigger failed."""
        keys = self.keys(backend)
        keys.claim("a")
        keys.job("a").queued()
        keys.keys.release(keys.asked_by("a"))
        assert keys.claim("b") == "a"

    def test_long_keys_are_told_apart(self, backend: UniqueBackend) -> None:
        for length in (MAX_NAME_BYTES, MAX_NAME_BYTES + 1, 1_024):
            keys = self.keys(backend)
            keys.key = keys.key.ljust(length, "é")
            assert keys.claim("a") == "a"
            keys.key = keys.key[:-1] + "x"
            assert keys.claim("b") == "b"
            assert keys.claim("c") == "b"

    def test_a_key_is_no_record(self, backend: UniqueBackend) -> None:
        keys = self.keys(backend)
        keys.claim("a")
        assert keys.records.find(f"unique#report#{keys.key}") == []
        assert keys.records.find("a") == []
