"""Batches of jobs: the port, its values, and the rule by which a job's end is counted. The rule is pure: doubles and adapters share it.

    made -- mark, once for each job --> nothing is open   (whoever sees that joins it)

A batch's jobs are numbered, and shards of 200 hold the numbers that are open: no write is billed by the size of 10,000. The end of a job takes its
number out of its shard. Whoever finds a shard empty takes it out of those that are open; whoever finds these empty joins the batch. Each of these
writes may be repeated: it takes out what is out already, and finds the same.

The batch itself is a job with a record of its own, of the stage `batch`; what it queues at its end has the batch's id too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from jobqueue.consumer.job_records import JobRecord, Key, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

VERSION = 1
"""Of the items that are written here."""

BATCH = "batch"
"""The stage of a batch's record, and its type."""

MAX_JOBS = 10_000
SHARD_JOBS = 200
"""An item of so many numbers stays below 1 KB, the unit by which writes are billed."""


class Place(NamedTuple):
    """Which job of which batch, from 0 on."""

    batch_id: str
    number: int

    @classmethod
    def of(cls, record: JobRecord) -> Place | None:
        """That of a record's job; None: it is no batch's."""
        return cls(record.parent, record.number - 1) if record.number else None

    @property
    def shard(self) -> int:
        """The number of its shard."""
        return self.number // SHARD_JOBS


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """`jobs`: how many. `then`: what is queued at its end, as JSON text that its maker reads again."""

    batch_id: str
    jobs: int
    then: str

    @property
    def shards(self) -> range:
        """Their numbers."""
        return range((self.jobs + SHARD_JOBS - 1) // SHARD_JOBS)

    def done_but(self, shards: Collection[int]) -> int:
        """How many are over at least, where these shards are open."""
        return self.jobs - sum(len(self.numbers(shard)) for shard in shards)

    def numbers(self, shard: int) -> range:
        """What is open in one of them at first."""
        return range(shard * SHARD_JOBS, min((shard + 1) * SHARD_JOBS, self.jobs))


class Tally(NamedTuple):
    """How many of a batch's jobs are over, by whole shards."""

    done: int
    jobs: int

    @property
    def complete(self) -> bool:
        """Nothing is open any more."""
        return self.done == self.jobs


@dataclass(frozen=True, slots=True)
class Shard:
    """The numbers that are open, and the ids of jobs that ended otherwise than completed."""

    open: frozenset[int]
    dead: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """As it stands: how many jobs it has, the numbers that are open, the ids of those that are dead or cancelled, and what is queued at its end."""

    jobs: int
    open: frozenset[int]
    dead: frozenset[str]
    cancelled: frozenset[str]
    then: str

    @property
    def completed(self) -> int:
        """How many."""
        return self.jobs - len(self.open) - len(self.dead) - len(self.cancelled)


class JobBatches(Protocol):
    """The port of batches. Every method may be called from any thread, and repeated. Raises RecordsError where what became of a call is not known."""

    def make(self, batch: NewBatch) -> None:
        """Before the first of its jobs is recorded. What is there already stays as it is. Blocks for a call a shard, and two."""
        ...

    def mark(self, place: Place, job_id: str, status: Status) -> Tally | None:
        """How one of its jobs ended; a redriven one may end again. Tells how far the batch is where nothing of the job's shard is open, else None.

        Blocks for a call, for two where nothing of the shard is open."""
        ...

    def read(self, batch_id: str) -> Batch | None:
        """As it is now; None where there is none."""
        ...

    def cancelled(self, batch_id: str) -> str | None:
        """Why its record is cancelled, as it is now; None: it is not."""
        ...


def batch_key(batch_id: str) -> Key:
    """That of its record."""
    return Key(batch_id, BATCH)


def marked(shard: Shard, place: Place, job_id: str, status: Status) -> Shard:
    """The rule of `mark`. What counts is how the job ended last."""
    one = {job_id}
    return replace(
        shard,
        open=shard.open - {place.number},
        dead=shard.dead | one if status is Status.DEAD else shard.dead - one,
        cancelled=shard.cancelled | one if status is Status.CANCELLED else shard.cancelled - one,
    )


def whole(jobs: int, then: str, shards: Iterable[Shard]) -> Batch:
    """What its shards say together."""
    empty: frozenset[str] = frozenset()
    parts = list(shards)
    return Batch(
        jobs=jobs,
        open=frozenset().union(*(part.open for part in parts)),
        dead=empty.union(*(part.dead for part in parts)),
        cancelled=empty.union(*(part.cancelled for part in parts)),
        then=then,
    )
