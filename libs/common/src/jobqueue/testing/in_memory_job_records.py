"""Job records and unique keys in memory, for tests: the rules of `consumer`, under a lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from threading import Lock

from jobqueue.consumer import job_records, unique_keys
from jobqueue.consumer.job_records import (
    Answer,
    Beat,
    Change,
    Ending,
    JobRecord,
    Keeping,
    Key,
    NewJob,
    RecordsError,
    Start,
)
from jobqueue.consumer.unique_keys import Claim, Holding
from jobqueue.testing.clock import Clock, SystemClock
from jobqueue.testing.in_memory_job_batches import InMemoryJobBatches
from jobqueue.testing.in_memory_job_steps import InMemoryJobSteps

KEEPING = Keeping(retention_seconds=4 * 86_400, days=14)


class InMemoryJobRecords:
    """Implements `BegunJobRecords` and `UniqueKeys`. Any thread. `calls` counts the calls, failing ones included; `steps` are what is remembered of
    the jobs' steps, `batches` the jobs' batches.

    `fail` plans the failures of the next calls of an operation; True: it takes effect nevertheless, and its answer is lost.
    """

    def __init__(self, clock: Clock | None = None, keeping: Keeping = KEEPING) -> None:
        self.calls: Counter[str] = Counter()
        self.fail: dict[str, list[bool]] = {}
        self.down = False
        self._clock = clock or SystemClock()
        self._keeping = keeping
        self.steps = InMemoryJobSteps(self._clock, keeping)
        self._lock = Lock()
        self._records: dict[Key, JobRecord] = {}
        self.batches = InMemoryJobBatches(self._clock, keeping, self._records.get)
        self._holdings: dict[tuple[str, str], Holding] = {}

    def all(self) -> list[JobRecord]:
        """Every record, expired ones too."""
        with self._lock:
            return list(self._records.values())

    def put(self, record: JobRecord) -> None:
        """Writes a record as it is."""
        with self._lock:
            self._records[record.key] = record

    def check(self) -> None:
        """See the port."""
        self._plan("check")

    def queued(self, job: NewJob) -> Answer:
        """See the port."""
        return self._change("queued", job.key, lambda current, now: job_records.queue(current, job, now, self._keeping))

    def begin(self, start: Start) -> Answer:
        """See the port."""
        return self._change(
            "begin", start.key, lambda current, now: job_records.begin(current, start, now, self._keeping)
        )

    def beat(self, key: Key, owner: str, beat: Beat) -> Answer:
        """See the port."""
        return self._change(
            "beat", key, lambda current, now: job_records.beat(current, owner, beat, now, self._keeping)
        )

    def end(self, key: Key, owner: str, ending: Ending) -> Answer:
        """See the port."""
        return self._change(
            "end", key, lambda current, now: job_records.end(current, owner, ending, now, self._keeping)
        )

    def begin_soon(self, start: Start, then: Callable[[Callable[[], Answer]], None]) -> None:
        """See the port."""
        then(lambda: self.begin(start))

    def end_soon(self, key: Key, owner: str, ending: Ending, then: Callable[[Callable[[], Answer]], None]) -> None:
        """See the port."""
        then(lambda: self.end(key, owner, ending))

    def cancel(self, key: Key, reason: str) -> Answer:
        """See the port."""
        return self._change("cancel", key, lambda current, now: job_records.cancel(current, reason, now, self._keeping))

    def find(self, job_id: str) -> Sequence[JobRecord]:
        """See the port."""
        self._plan("find")
        now = self._clock.wall_ms()
        found = [one for one in self.all() if one.key.job_id == job_id and job_records.living(one, now)]
        return sorted(found, key=lambda record: record.key.stage)

    def claim(self, claim: Claim) -> str:
        """See the port of unique keys."""
        lost = self._plan("claim")
        place, now = (claim.type, claim.name), self._clock.wall_ms()
        with self._lock:
            current = self._holdings.get(place)
            holder = None if current is None else self._records.get(Key(current.job_id, claim.type))
            new = unique_keys.claimed(current, claim, holder, now, self._keeping.retention_seconds)
            if isinstance(new, Holding):
                self._holdings[place] = new
        if lost:
            raise RecordsError("claim: no answer", code="TimedOut")
        return new.job_id if isinstance(new, Holding) else new

    def release(self, claim: Claim) -> None:
        """See the port of unique keys."""
        lost = self._plan("release")
        with self._lock:
            current = self._holdings.get((claim.type, claim.name))
            queued = Key(claim.job_id, claim.type) in self._records
            if current is not None and current.job_id == claim.job_id and not queued:
                del self._holdings[claim.type, claim.name]
        if lost:
            raise RecordsError("release: no answer", code="TimedOut")

    def _change(self, operation: str, key: Key, rule: Callable[[JobRecord | None, int], Change | Answer]) -> Answer:
        lost = self._plan(operation)
        with self._lock:
            answer = rule(self._records.get(key), self._clock.wall_ms())
            if isinstance(answer, Change):
                self._records[key] = answer.record
                answer = answer.answer or answer.record
        if lost:
            raise RecordsError(f"{operation}: no answer", code="TimedOut")
        return answer

    def _plan(self, operation: str) -> bool:
        """Whether the answer gets lost. Raises RecordsError where the call fails."""
        with self._lock:
            self.calls[operation] += 1
            plans = self.fail.get(operation)
            lost = plans.pop(0) if plans else None
        if self.down or lost is False:
            raise RecordsError(f"{operation}: not reached", code="EndpointConnectionError")
        return lost is True
