"""Whatever order begins, beats, ends, cancels, redrives, duplicates, lost leases and expiries come in, a record keeps its promises.

Every history runs on the double; a sample of them on a server too, which must give the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobqueue.consumer.job_records import (
    Answer,
    Beat,
    Ending,
    JobRecord,
    JobRecords,
    Key,
    NewJob,
    Refused,
    Start,
    Status,
)
from jobqueue.dynamodb.items import LISTED, key_of, listed
from jobqueue.testing import InMemoryJobRecords, ManualClock
from jobqueue.testing.contract import DynamoDbBackend
from jobqueue.testing.contract.job_records import KEEPING, LEASE_SECONDS

DAY_SECONDS = 86_400
AT = 1_767_225_600_000
ENDINGS = [
    Ending(Status.COMPLETED, AT),
    Ending(Status.RETRYING, AT, due_at=1),
    Ending(Status.DEAD, AT, reason="attempts_exhausted"),
    Ending(Status.CANCELLED, AT, reason="asked for"),
    Ending(Status.QUEUED, AT, counts=False),
]


@dataclass(frozen=True)
class Queue:
    digest: str


@dataclass(frozen=True)
class Begin:
    message: int
    redriven: bool


@dataclass(frozen=True)
class Extend:
    owner: int
    progress: str = ""


@dataclass(frozen=True)
class End:
    owner: int
    ending: Ending


@dataclass(frozen=True)
class Cancel:
    pass


@dataclass(frozen=True)
class Pass:
    seconds: int


Event = Queue | Begin | Extend | End | Cancel | Pass
owners = st.integers(0, 3)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Begin, st.integers(0, 2), st.booleans()),
    st.builds(End, owners, st.sampled_from(ENDINGS)),
    st.builds(Extend, owners, st.sampled_from(["", '{"done":1}'])),
    st.builds(Pass, st.sampled_from([1, LEASE_SECONDS - 1, LEASE_SECONDS, 20 * DAY_SECONDS, 60 * DAY_SECONDS])),
    st.builds(Queue, st.sampled_from(["d1", "d2"])),
    st.just(Cancel()),
)
histories = st.lists(events, min_size=1, max_size=25)
_numbers = count()


class Run:
    """One history of one job. Owners are numbered from the latest: 0 began last."""

    def __init__(self, records: JobRecords, clock: ManualClock, *, repeat: bool = False) -> None:
        self.records = records
        self.clock = clock
        self.key = Key(f"job-{next(_numbers)}", "report")
        self.owners: list[str] = []
        self.repeat = repeat

    def record(self) -> JobRecord | None:
        found = self.records.find(self.key.job_id)
        return found[0] if found else None

    def happen(self, event: Event) -> Answer | None:
        """With `repeat` each call is made twice, as after a lost answer, and says the same."""
        if isinstance(event, Begin):
            self.owners.insert(0, f"{event.message}/{len(self.owners)}")
        answer = self._call(event)
        if self.repeat and isinstance(answer, JobRecord) and isinstance(event, Begin | Extend | End):
            assert self._call(event) == answer
        return answer

    def _call(self, event: Event) -> Answer | None:
        lease_ends = self.clock.wall_ms() + LEASE_SECONDS * 1000
        match event:
            case Pass(seconds):
                self.clock.advance(seconds)
            case Queue(digest):
                return self.records.queued(NewJob(key=self.key, type="report", digest=digest))
            case Begin(_, redriven):
                owner = self.owners[0]
                return self.records.begin(
                    Start(
                        key=self.key, type="report", owner=owner, lease_ends=lease_ends, sent_at=AT, redriven=redriven
                    )
                )
            case Extend(owner_index, progress) if owner_index < len(self.owners):
                return self.records.beat(self.key, self.owners[owner_index], Beat(lease_ends, progress))
            case End(owner_index, ending) if owner_index < len(self.owners):
                return self.records.end(self.key, self.owners[owner_index], ending)
            case Cancel():
                return self.records.cancel(self.key, "asked for")
        return None


def check(event: Event, before: JobRecord | None, answer: Answer | None, after: JobRecord | None, now_ms: int) -> None:
    """What every step keeps. `before` is the record as it was at the moment of the step; None: absent or expired."""
    if answer is None:
        return
    if isinstance(answer, Refused):
        cancelled_instead = isinstance(event, Begin) and before is not None and before.cancel
        assert after == before or cancelled_instead
        return
    assert after == answer
    if answer != before:
        assert answer.expires == now_ms // 1000 + KEEPING.seconds(answer.status)
    match event:
        case Begin(message, redriven) if before is not None:
            assert not before.held(now_ms)
            if before.status.over:
                assert before.status is Status.DEAD
                assert redriven
                assert not before.settled_by.startswith(f"{message}/"), "a late copy"
            assert not before.cancel or before.status is Status.DEAD
            assert answer.attempt == (1 if before.status is Status.DEAD else before.attempt + 1)
        case Begin():
            assert answer.attempt == 1
        case Extend() | End():
            assert before is not None
            assert before.status is Status.RUNNING or answer == before
            assert answer.attempt in (before.attempt, before.attempt - 1)
        case Queue(digest):
            assert answer == before or before is None
            assert answer.began_at == 0
            assert answer.digest in ("", digest)
        case Cancel():
            assert before is not None
            assert not before.status.over
            if before.held(now_ms):
                assert answer == replace(before, cancel="asked for", expires=answer.expires)
            else:
                assert (answer.status, answer.owner) == (Status.CANCELLED, "")


@settings(max_examples=400, deadline=None)
@given(histories, st.booleans())
def test_every_history_keeps_the_promises(history: list[Event], repeat: bool) -> None:
    clock = ManualClock()
    run = Run(InMemoryJobRecords(clock, KEEPING), clock, repeat=repeat)
    for event in history:
        before = run.record()
        answer = run.happen(event)
        check(event, before, answer, run.record(), clock.wall_ms())


@pytest.fixture(scope="module")
def server(moto_endpoint: str) -> DynamoDbBackend:
    return DynamoDbBackend(moto_endpoint)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.lists(events, min_size=8, max_size=16))
def test_a_server_gives_the_same_answers(server: DynamoDbBackend, history: list[Event]) -> None:
    clock = ManualClock(wall_ms=1_800_000_000_000)
    double = Run(InMemoryJobRecords(clock, KEEPING), clock)
    other = Run(server.records(clock, KEEPING), clock)
    for event in history:
        expected = double.happen(event)
        if isinstance(event, Pass):
            continue
        assert like(other.happen(event), double.key) == expected
        assert like(other.record(), double.key) == double.record()
        if (record := double.record()) is not None:
            assert place_in_lists(server, other.key) == listed(other.key.job_id, record.status)


def place_in_lists(server: DynamoDbBackend, key: Key) -> str:
    item = server.calls.call("GetItem", {"TableName": server.table, "Key": key_of(key), "ConsistentRead": True})["Item"]
    return str(item[LISTED]["S"])


def like(answer: Answer | None, key: Key) -> Answer | None:
    """The same of the job with this key."""
    if isinstance(answer, Refused):
        return Refused(answer.why, None if answer.record is None else replace(answer.record, key=key))
    return None if answer is None else replace(answer, key=key)
