"""Joins of batches: follows the end of each of a batch's jobs, and queues what the batch is for when none is open any more. Any thread.

    end of a job -> mark -> nothing is open: the batch begins -> what it is for is recorded, and sent -> the batch ends

Each of these calls is repeated where its answer was lost, and all of them by whoever receives the job's message again: what is queued has one id,
the batch's, and has begun or is sent once more. A batch that was cancelled queues nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from jobqueue.consumer.job_batches import BATCH, Batch, Place, batch_key
from jobqueue.consumer.job_records import Beat, Ending, JobRecord, RecordsError, Refusal, Refused, Start, Status
from jobqueue.consumer.ports import QueueError
from jobqueue.messages.envelope import write_further_job
from jobqueue.messages.errors import RejectJob
from jobqueue.messages.job import Job, Origin
from jobqueue.messages.json import read_object, write_object
from jobqueue.messages.outcome import QueuedJob

if TYPE_CHECKING:
    from jobqueue.consumer.job_batches import JobBatches
    from jobqueue.consumer.job_records import Answer, JobRecords
    from jobqueue.consumer.queued_records import Announce
    from jobqueue.consumer.routes import Senders
    from jobqueue.messages.outgoing import OutgoingMessage

logger = logging.getLogger(__name__)

MAX_TOLD_IDS = 100
"""Of dead jobs, in the data of what is queued."""

RESULT = "batch"
"""Where that data has what became of the batch."""


class Then(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is queued at a batch's end, as it is kept until then: `queue` is the name of the queue that takes it; `data`, `trigger` and `result` are
    JSON texts."""

    queue: str
    type: str
    data: str
    correlation_id: str
    trigger: str
    result: str
    headers: Mapping[str, str] = {}
    group_id: str | None = None
    trace_header: str | None = None

    def message(self, batch_id: str, batch: Batch) -> OutgoingMessage:
        """With what became of the batch."""
        job = Job(
            job_id=batch_id,
            correlation_id=self.correlation_id,
            type=BATCH,
            data={},
            body={},
            origin=lambda: Origin(self.trigger, self.result),
            group_id=self.group_id,
            trace_header=self.trace_header,
        )
        dead = sorted(batch.dead)
        found = {
            "id": batch_id,
            "jobs": batch.jobs,
            "completed": batch.completed,
            "dead": len(dead),
            "cancelled": len(batch.cancelled),
            "dead_ids": dead[:MAX_TOLD_IDS],
        }
        data = write_object({**read_object(self.data), RESULT: found})
        return write_further_job(job, batch_id, self.type, data, self.headers)


@dataclass(frozen=True, slots=True)
class Joins:
    """Knows every batch, and owns none: whoever ends the last job of one joins it. `announce` writes of a job that is about to be sent."""

    records: JobRecords
    batches: JobBatches
    senders: Senders
    announce: Announce

    def after(self, record: JobRecord) -> None:
        """Follows the end of a job (see `record_keeper.AfterEnd`)."""
        place = Place.of(record)
        tally = None if place is None else self.batches.mark(place, record.key.job_id, record.status)
        if place is None or tally is None:
            return
        if tally.complete:
            self.join(place.batch_id)
        else:
            self.records.beat(batch_key(place.batch_id), place.batch_id, Beat(0, _progress(*tally)))

    def cancelled(self, record: JobRecord) -> str | None:
        """Why the batch of a job is cancelled; None: it is not, or the job is no batch's. One read."""
        return self.batches.cancelled(record.parent) if record.number else None

    def begin(self, batch_id: str, correlation_id: str) -> Answer:
        """All of a batch's jobs are sent; its record has no lease, so that it is cancelled at once. Refused: it is over."""
        return self.records.begin(
            Start(
                key=batch_key(batch_id),
                type=BATCH,
                owner=batch_id,
                lease_ends=0,
                sent_at=0,
                correlation_id=correlation_id,
            )
        )

    def join(self, batch_id: str) -> None:
        """Nothing of it is open. Blocks for a few calls; may be repeated.

        Raises:
            RecordsError, QueueError: it is not known to be joined.
        """
        batch = self.batches.read(batch_id)
        if batch is None:
            return
        then = msgspec.json.decode(batch.then, type=Then)
        begun = self.begin(batch_id, then.correlation_id)
        if isinstance(begun, Refused):
            if begun.why is not Refusal.OVER:
                raise RecordsError(
                    f"the record of batch {batch_id} cannot be ended: {begun.why.value}", code=begun.why.value
                )
            return
        status, reason = Status.COMPLETED, ""
        try:
            self._send(batch_id, batch, then)
        except RejectJob as error:
            status, reason = Status.DEAD, error.reason
            logger.error("batch %s is dead: %s", batch_id, error, extra={"jobId": batch_id})  # noqa: TRY400 (nobody's defect)
        ending = Ending(status, time.time_ns() // 1_000_000, reason=reason, progress=_progress(batch.jobs, batch.jobs))
        self.records.end(batch_key(batch_id), batch_id, ending)

    def _send(self, batch_id: str, batch: Batch, then: Then) -> None:
        sender = next((one for one in self.senders.by_queue.values() if one.name == then.queue), None)
        if sender is None:
            raise QueueError(
                f"batch {batch_id} is over, and this service cannot send its {then.type!r} to {then.queue}. Give the service that queue: "
                'a setting with role="sends", and its name in the service\'s `sends` (infra/terraform/stack/main.tf)',
                code="NoQueue",
            )
        if not self.announce(QueuedJob(batch_id, then.type, then.correlation_id)):
            return
        for failure in sender.send([then.message(batch_id, batch)]):
            if failure.gone:
                raise RejectJob("unsendable", f"{failure.code}: {failure.message}")
            raise QueueError(f"{then.queue}: {failure.code}: {failure.message}", code=failure.code)
        logger.info(
            "batch joined: %d jobs, %d dead, %d cancelled",
            batch.jobs,
            len(batch.dead),
            len(batch.cancelled),
            extra={"jobId": batch_id, "jobType": then.type},
        )


def _progress(done: int, jobs: int) -> str:
    return write_object({"done": done, "total": jobs, "message": "jobs"})
