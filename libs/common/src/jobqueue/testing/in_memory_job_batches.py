"""Batches in memory, for tests: the rule of `consumer.job_batches`, under a lock."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from jobqueue.consumer.job_batches import Batch, NewBatch, Place, Shard, Tally, batch_key, marked, whole
from jobqueue.consumer.job_records import JobRecord, Key, RecordsError, Status

if TYPE_CHECKING:
    from jobqueue.consumer.job_records import Keeping
    from jobqueue.testing.clock import Clock


class InMemoryJobBatches:
    """Implements `JobBatches`. Any thread. `record` gives a batch's record. `fail` plans the failures of the next marks; True: it takes effect
    nevertheless, and its answer is lost."""

    def __init__(self, clock: Clock, keeping: Keeping, record: Callable[[Key], JobRecord | None]) -> None:
        self.fail: list[bool] = []
        self._clock = clock
        self._keeping = keeping
        self._record = record
        self._lock = Lock()
        self._batches: dict[str, NewBatch] = {}
        self._shards: dict[str, dict[int, Shard]] = {}
        self._expires: dict[str, int] = {}

    def make(self, batch: NewBatch) -> None:
        """See the port."""
        with self._lock:
            if self._lives(batch.batch_id):
                return
            self._batches[batch.batch_id] = batch
            self._shards[batch.batch_id] = {shard: Shard(frozenset(batch.numbers(shard))) for shard in batch.shards}
            self._renew(batch.batch_id)

    def mark(self, place: Place, job_id: str, status: Status) -> Tally | None:
        """See the port."""
        with self._lock:
            lost = self.fail.pop(0) if self.fail else None
            if lost is False:
                raise RecordsError("mark: not reached", code="EndpointConnectionError")
            tally = None
            if self._lives(place.batch_id):
                shards = self._shards[place.batch_id]
                shards[place.shard] = marked(shards[place.shard], place, job_id, status)
                if not shards[place.shard].open:
                    batch = self._batches[place.batch_id]
                    tally = Tally(
                        batch.done_but([number for number, shard in shards.items() if shard.open]), batch.jobs
                    )
                self._renew(place.batch_id)
        if lost:
            raise RecordsError("mark: no answer", code="TimedOut")
        return tally

    def read(self, batch_id: str) -> Batch | None:
        """See the port."""
        with self._lock:
            if not self._lives(batch_id):
                return None
            batch = self._batches[batch_id]
            return whole(batch.jobs, batch.then, self._shards[batch_id].values())

    def cancelled(self, batch_id: str) -> str | None:
        """See the port."""
        record = self._record(batch_key(batch_id))
        return record.reason if record is not None and record.status is Status.CANCELLED else None

    def _lives(self, batch_id: str) -> bool:
        return self._expires.get(batch_id, 0) > self._clock.wall_ms() // 1000

    def _renew(self, batch_id: str) -> None:
        self._expires[batch_id] = self._clock.wall_ms() // 1000 + self._keeping.seconds(Status.RUNNING)
