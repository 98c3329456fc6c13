"""Whatever order claims, ends, cancels, redrives, releases and the passing of time come in, a key has one live holder at most, and none in its way.

Every history runs on the double; a sample of them on a server too, which must give the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobqueue.consumer.job_records import JobRecords, Key, Status
from jobqueue.consumer.unique_keys import Claim, UniqueKeys
from jobqueue.testing import InMemoryJobRecords, ManualClock
from jobqueue.testing.contract import DynamoDbBackend
from jobqueue.testing.contract.job_records import KEEPING, Job

KEY_SECONDS = (1, 60, 3_600)
JOBS = 4


@dataclass(frozen=True)
class Claims:
    job: int
    seconds: int


@dataclass(frozen=True)
class Queued:
    job: int


@dataclass(frozen=True)
class Ends:
    job: int
    status: Status


@dataclass(frozen=True)
class Cancelled:
    job: int


@dataclass(frozen=True)
class Redriven:
    job: int


@dataclass(frozen=True)
class Released:
    job: int


@dataclass(frozen=True)
class Pass:
    seconds: int


Event = Claims | Queued | Ends | Cancelled | Redriven | Released | Pass
jobs = st.integers(0, JOBS - 1)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Claims, jobs, st.sampled_from(KEY_SECONDS)),
    st.builds(Claims, jobs, st.sampled_from(KEY_SECONDS)),
    st.builds(Queued, jobs),
    st.builds(Ends, jobs, st.sampled_from([Status.COMPLETED, Status.DEAD, Status.RETRYING])),
    st.builds(Cancelled, jobs),
    st.builds(Redriven, jobs),
    st.builds(Released, jobs),
    st.builds(Pass, st.sampled_from([1, 59, 3_600])),
)
_numbers = count()


class Run:
    """One history of one key, and of the jobs that want it."""

    def __init__(self, records: JobRecords, keys: UniqueKeys, clock: ManualClock) -> None:
        self.records = records
        self.keys = keys
        self.clock = clock
        self.name = f"history-{next(_numbers)}"
        self.jobs = [Job(records, clock, Key(f"{self.name}-{number}", "report")) for number in range(JOBS)]
        self.begins = count()

    def over(self, number: int) -> bool:
        return any(record.status.over for record in self.records.find(self.jobs[number].key.job_id))

    def claim(self, number: int, seconds: int | None = None) -> Claim:
        return Claim(job_id=self.jobs[number].key.job_id, type="report", key=self.name, seconds=seconds)

    def happen(self, event: Event) -> int | None:
        """Of a claim, the number of the job that has the key."""
        match event:
            case Claims(job, seconds):
                holder = self.keys.claim(self.claim(job, seconds))
                assert self.keys.claim(self.claim(job, seconds)) == holder  # the answer was lost
                return int(holder.rpartition("-")[2])
            case Queued(job):
                self.jobs[job].queued()
            case Ends(job, status):
                owner = f"owner-{next(self.begins)}"
                self.jobs[job].begin(owner)
                self.jobs[job].end(owner, status)
            case Cancelled(job):
                self.records.cancel(self.jobs[job].key, "no longer needed")
            case Redriven(job):
                if any(record.status is Status.DEAD for record in self.records.find(self.jobs[job].key.job_id)):
                    self.jobs[job].begin(f"letter-{next(self.begins)}", redriven=True)
            case Released(job):
                self.keys.release(self.claim(job))
            case Pass(seconds):
                self.clock.advance(seconds)
        return None


def on_the_double() -> Run:
    clock = ManualClock(wall_ms=1_800_000_000_000)
    records = InMemoryJobRecords(clock, KEEPING)
    return Run(records, records, clock)


@settings(max_examples=400, deadline=None)
@given(st.lists(events, min_size=1, max_size=25))
def test_a_key_has_one_live_holder_at_most_and_nothing_that_is_over_is_in_its_way(history: list[Event]) -> None:
    run = on_the_double()
    holder: int | None = None  # who was told last that it has the key
    until_ms = 0
    for event in history:
        claimed = run.happen(event)
        if isinstance(event, Released) and event.job == holder and not run.records.find(run.jobs[holder].key.job_id):
            holder = None
        if not isinstance(event, Claims):
            continue
        now_ms = run.clock.wall_ms()
        if holder is not None and until_ms > now_ms and (holder == event.job or not run.over(holder)):
            assert claimed == holder
        else:
            assert claimed == event.job
            holder, until_ms = event.job, now_ms + event.seconds * 1000


@pytest.fixture(scope="module")
def server(moto_endpoint: str) -> DynamoDbBackend:
    return DynamoDbBackend(moto_endpoint)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.lists(events, min_size=8, max_size=16))
def test_a_server_gives_the_same_answers(server: DynamoDbBackend, history: list[Event]) -> None:
    double = on_the_double()
    other = Run(server.records(double.clock, KEEPING), server.unique_keys(double.clock, KEEPING), double.clock)
    for event in history:
        expected = double.happen(event)
        if not isinstance(event, Pass):
            assert other.happen(event) == expected
