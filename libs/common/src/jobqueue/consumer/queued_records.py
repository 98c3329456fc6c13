"""Records of the jobs that this worker is about to send: written before the send, so that whoever asks for a job finds it from then on.

A job that is sent again under its id (a repeated attempt, a lost answer) finds its record. It is sent once more unless it has begun: then a message
of it is in its queue, or it is over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from jobqueue.consumer.job_records import Key, NewJob, RecordsError, Refusal, Refused
from jobqueue.consumer.ports import QueueError
from jobqueue.messages.errors import RejectJob
from jobqueue.messages.outcome import QueuedJob

if TYPE_CHECKING:
    from jobqueue.consumer.job_records import JobRecord, JobRecords

logger = logging.getLogger(__name__)

Announce = Callable[[QueuedJob], bool]
"""As `QueuedRecords.write`."""


class QueuedRecords:
    """Any thread."""

    def __init__(self, records: JobRecords, over: Callable[[JobRecord], None] = lambda record: None) -> None:
        """`over` gets the record of a job that is over, and not sent again."""
        self._records = records
        self._over = over

    def write(self, job: QueuedJob) -> bool:
        """Whether the job is still to be sent. Blocks for one call; a repeated one is harmless.

        Raises:
            RejectJob: another job has this id (`job_id_conflict`).
            QueueError: it is not known to be written, so the job may not be sent yet.
        """
        new = NewJob(
            key=Key(job.job_id, job.job_type),
            type=job.job_type,
            digest=job.digest,
            correlation_id=job.correlation_id,
            parent=job.parent,
            number=job.number,
        )
        try:
            answer = self._records.queued(new)
            if isinstance(answer, Refused) and answer.why is Refusal.OVER and answer.record is not None:
                # Cancelled before it was sent, it has no message by which a worker would come to this.
                self._over(answer.record)
        except RecordsError as error:
            raise QueueError(str(error), code=error.code, unknown=False) from None
        if not isinstance(answer, Refused):
            return True
        if answer.why is Refusal.CONFLICT:
            raise RejectJob(
                Refusal.CONFLICT.value,
                f"the record of job {job.job_id} is that of a job with another type or other data",
            )
        if answer.why not in (Refusal.RUNNING, Refusal.OVER):
            return True  # a newer version's: the worker that begins it decides
        status = "" if answer.record is None else answer.record.status.value
        logger.info("not sent: its job has begun (%s)", status, extra={"jobId": job.job_id, "jobType": job.job_type})
        return False
