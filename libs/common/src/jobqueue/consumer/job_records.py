"""Records of jobs: the port, its values, and the rules by which a record changes. The rules are pure: doubles and adapters share them.

    absent -- queued --> QUEUED -- begin --> RUNNING -- end --> COMPLETED | DEAD | CANCELLED   (over)
                           ^                    |
                           +---- QUEUED, RETRYING (begin --> RUNNING) <--

An attempt is its owner's. While its lease lasts no other begins, and none does once the job is over; an owner whose lease ended may go on until
another begins, and can write nothing after that. A record that expired counts as absent: DynamoDB deletes it up to two days later.

Every call may be repeated: an answer that was lost is asked for again, and what was written is recognised by its owner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from jobqueue.messages.job import MAIN_STAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

VERSION = 1
"""Of the records that are written here. A newer one is left alone: old and new workers run together in every deployment."""

MAIN = MAIN_STAGE
"""The stage of a trigger; a background job's is its type. Both have one job id."""

DAY_SECONDS = 86_400
OPEN_DAYS, DEAD_DAYS = 15, 15
"""How long a record outlasts a retention of its queue. Open: its message may spend 14 days in the dead-letter queue. Dead: so does its letter."""


class Status(Enum):
    """What a job does."""

    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    COMPLETED = "completed"
    DEAD = "dead"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Nothing begins any more, but for a dead job that is redriven."""
        return self in (Status.COMPLETED, Status.DEAD, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class Key:
    """Which record."""

    job_id: str
    stage: str


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long records are kept. `retention_seconds` is the queue's; `days` what the operator asks for."""

    retention_seconds: int
    days: int

    def seconds(self, status: Status) -> int:
        """From a write that leaves the job so."""
        if status is Status.DEAD:
            return self.retention_seconds + DEAD_DAYS * DAY_SECONDS
        open_seconds = self.retention_seconds + OPEN_DAYS * DAY_SECONDS
        return max(open_seconds, self.days * DAY_SECONDS) if status.over else open_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """What the table knows of one stage of a job. Times are milliseconds since 1970, `expires` seconds.

    `attempt` counts those that began, and not those that were released; `begins` counts these too, and those before a redrive. `settled_by` is the
    owner of the attempt that ended last. `digest` is that of type and data, where who queued it said so.
    """

    key: Key
    type: str
    status: Status
    attempt: int = 0
    begins: int = 0
    expires: int = 0
    version: int = VERSION
    correlation_id: str = ""
    digest: str = ""
    owner: str = ""
    settled_by: str = ""
    lease_ends: int = 0
    queued_at: int = 0
    began_at: int = 0
    ended_at: int = 0
    due_at: int = 0
    reason: str = ""
    cancel: str = ""
    """Why it is to be cancelled; empty: it is not."""
    progress: str = ""
    """What its handler last said of it, as JSON: {"done": 3, "total": 10, "message": "orders"}."""
    cursor: str = ""
    """Where a later attempt goes on, as JSON."""
    parent: str = ""
    """The id of the job whose handler queued it; empty: none did."""
    number: int = 0
    """Of a batch's job: which of its parent's, from 1 on."""

    def held(self, now_ms: int) -> bool:
        """Whether an attempt holds a lease that lasts."""
        return self.status is Status.RUNNING and self.lease_ends > now_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job that is about to be sent."""

    key: Key
    type: str
    digest: str
    correlation_id: str = ""
    parent: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """An attempt that is about to begin. `owner` is its own, never used before: the id of its message as first sent, "/", what makes it unique.
    `sent_at`: when its message was first sent; `redriven`: it says of itself that it was a dead letter."""

    key: Key
    type: str
    owner: str
    lease_ends: int
    sent_at: int
    correlation_id: str = ""
    redriven: bool = False


@dataclass(frozen=True, slots=True)
class Beat:
    """What an attempt writes while it runs. An empty `progress` or `cursor` leaves what is there."""

    lease_ends: int
    progress: str = ""
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended, and when. `due_at`: when it is tried again. `counts` is False for one that was handed back. `progress` and `cursor` are
    as of a Beat."""

    status: Status
    at: int
    due_at: int = 0
    reason: str = ""
    counts: bool = True
    progress: str = ""
    cursor: str = ""


class Refusal(Enum):
    """Why something is refused."""

    OVER = "over"
    RUNNING = "running"
    """Another attempt holds the lease; of a job that is queued again: it has begun."""
    CONFLICT = "job_id_conflict"
    """Another job has this id."""
    NEWER = "newer_record"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was written. `record` is as it stands; None where there is none."""

    why: Refusal
    record: JobRecord | None = None


Answer = JobRecord | Refused


class RecordsError(Exception):
    """A call failed; it may have taken effect. `code` is the service's or a short word; the text says what to check."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class JobRecords(Protocol):
    """The port of job records. Every method blocks for one call, rarely two, and may be called from any thread.

    Each gives the record as it was left, or why nothing was written, and raises RecordsError where that is not known.
    """

    def check(self) -> None:
        """Raises RecordsError unless records can be written. Changes nothing."""
        ...

    def queued(self, job: NewJob) -> Answer:
        """Before a job is sent. Refused as RUNNING or OVER it has begun, and need not be sent."""
        ...

    def begin(self, start: Start) -> Answer:
        """Before a handler runs."""
        ...

    def beat(self, key: Key, owner: str, beat: Beat) -> Answer:
        """While it runs: extends the lease; the answer says whether it is to be cancelled. Refused, the attempt is no longer this owner's."""
        ...

    def end(self, key: Key, owner: str, ending: Ending) -> Answer:
        """Once it ended; before its message is deleted or shown again. Refused as `beat`."""
        ...

    def cancel(self, key: Key, reason: str) -> Answer:
        """Ends a job that waits; asks one that runs to end. Refused: OVER, ABSENT or NEWER."""
        ...

    def find(self, job_id: str) -> Sequence[JobRecord]:
        """All stages of a job, as they are now."""
        ...


class BegunJobRecords(JobRecords, Protocol):
    """The two calls of each attempt without a thread that waits for them.

    `then` gets a function, once, perhaps in the thread of all requests: it must not wait for anything. The function gives the answer, or raises, as
    the call does that blocks; it blocks itself only where something was in the way.
    """

    def begin_soon(self, start: Start, then: Callable[[Callable[[], Answer]], None]) -> None:
        """As `begin`. Raises nothing."""
        ...

    def end_soon(self, key: Key, owner: str, ending: Ending, then: Callable[[Callable[[], Answer]], None]) -> None:
        """As `end`. Raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """A record to write. `answer`: what the caller is told once it is written, if not the record."""

    record: JobRecord
    answer: Answer | None = None


def living(record: JobRecord | None, now_ms: int) -> JobRecord | None:
    """None for one that expired."""
    return None if record is None or record.expires * 1000 <= now_ms else record


def queue(current: JobRecord | None, job: NewJob, now_ms: int, keeping: Keeping) -> Change | Answer:
    """The rule of `queued`."""
    current = living(current, now_ms)
    if current is None:
        record = JobRecord(
            key=job.key,
            type=job.type,
            status=Status.QUEUED,
            digest=job.digest,
            correlation_id=job.correlation_id,
            parent=job.parent,
            queued_at=now_ms,
            number=job.number,
        )
        return Change(_kept(record, now_ms, keeping))
    if current.version > VERSION:
        return Refused(Refusal.NEWER, current)
    if current.type != job.type or current.digest not in ("", job.digest):
        return Refused(Refusal.CONFLICT, current)
    if current.status.over:
        return Refused(Refusal.OVER, current)
    return current if current.began_at == 0 else Refused(Refusal.RUNNING, current)


def begin(current: JobRecord | None, start: Start, now_ms: int, keeping: Keeping) -> Change | Answer:
    """The rule of `begin`."""
    current = living(current, now_ms)
    if current is None:
        current = JobRecord(key=start.key, type=start.type, status=Status.QUEUED)
    elif current.version > VERSION:
        return Refused(Refusal.NEWER, current)
    elif current.owner == start.owner:
        return current  # the answer was lost
    elif current.type != start.type:
        return Refused(Refusal.CONFLICT, current)
    elif current.status is Status.DEAD and _redriven(current, start):
        current = replace(current, attempt=0, cancel="")
    elif current.status.over:
        return Refused(Refusal.OVER, current)
    elif current.held(now_ms):
        return Refused(Refusal.RUNNING, current)
    elif current.cancel:
        over = _cancelled(current, current.cancel, now_ms, keeping)
        return Change(over, Refused(Refusal.OVER, over))
    record = replace(
        current,
        status=Status.RUNNING,
        attempt=current.attempt + 1,
        begins=current.begins + 1,
        version=VERSION,
        owner=start.owner,
        settled_by="",
        lease_ends=start.lease_ends,
        correlation_id=start.correlation_id,
        began_at=now_ms,
        ended_at=0,
        due_at=0,
        reason="",
    )
    return Change(_kept(record, now_ms, keeping))


def beat(current: JobRecord | None, owner: str, said: Beat, now_ms: int, keeping: Keeping) -> Change | Answer:
    """The rule of `beat`."""
    current = living(current, now_ms)
    if current is None:
        return Refused(Refusal.ABSENT)
    if current.owner != owner:
        return _not_ours(current)
    return Change(_kept(replace(_with_said(current, said), lease_ends=said.lease_ends), now_ms, keeping))


def end(current: JobRecord | None, owner: str, ending: Ending, now_ms: int, keeping: Keeping) -> Change | Answer:
    """The rule of `end`."""
    current = living(current, now_ms)
    if current is None:
        return Refused(Refusal.ABSENT)
    if current.settled_by == owner and current.status in (ending.status, Status.CANCELLED):
        return current  # the answer was lost
    if current.owner != owner:
        return _not_ours(current)
    if current.cancel and not ending.status.over:  # it would wait for an attempt that never begins
        over = _cancelled(_with_said(current, ending), current.cancel, now_ms, keeping)
        return Change(replace(over, settled_by=owner))
    record = replace(
        _with_said(current, ending),
        status=ending.status,
        attempt=current.attempt if ending.counts else current.attempt - 1,
        owner="",
        settled_by=owner,
        lease_ends=0,
        ended_at=ending.at,
        due_at=ending.due_at,
        reason=ending.reason,
    )
    return Change(_kept(record, now_ms, keeping))


def cancel(current: JobRecord | None, reason: str, now_ms: int, keeping: Keeping) -> Change | Answer:
    """The rule of `cancel`."""
    current = living(current, now_ms)
    if current is None:
        return Refused(Refusal.ABSENT)
    if current.version > VERSION:
        return Refused(Refusal.NEWER, current)
    if current.status.over:
        return Refused(Refusal.OVER, current)
    reason = reason or Status.CANCELLED.value
    if current.held(now_ms):
        return Change(_kept(replace(current, cancel=reason), now_ms, keeping))
    return Change(_cancelled(current, reason, now_ms, keeping))


def _redriven(dead: JobRecord, start: Start) -> bool:
    """Sent after its death; or a dead letter that SQS moved back, but no late copy of the one that died: that one says the same of itself. Whoever is
    refused here is deleted, so that in doubt it begins."""
    another = start.owner.partition("/")[0] != dead.settled_by.partition("/")[0]
    return start.sent_at > dead.ended_at or (start.redriven and another)


def _with_said(current: JobRecord, said: Beat | Ending) -> JobRecord:
    return replace(current, progress=said.progress or current.progress, cursor=said.cursor or current.cursor)


def _not_ours(current: JobRecord) -> Refused:
    return Refused(Refusal.OVER if current.status.over else Refusal.RUNNING, current)


def _cancelled(current: JobRecord, reason: str, now_ms: int, keeping: Keeping) -> JobRecord:
    record = replace(
        current,
        status=Status.CANCELLED,
        owner="",
        settled_by="",
        lease_ends=0,
        ended_at=now_ms,
        due_at=0,
        reason=reason,
        cancel="",
    )
    return _kept(record, now_ms, keeping)


def _kept(record: JobRecord, now_ms: int, keeping: Keeping) -> JobRecord:
    """Its time to live begins anew with each write."""
    return replace(record, expires=now_ms // 1000 + keeping.seconds(record.status))
