"""Triggers whose background job is unique: claimed before their handler runs, so that nothing runs of a second one. Any thread."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jobqueue.consumer.job_records import RecordsError
from jobqueue.consumer.rate_limited_log import RateLimitedLog
from jobqueue.consumer.record_keeper import AWAY_SECONDS
from jobqueue.consumer.steps import NO_RECORD
from jobqueue.consumer.unique_keys import Claim
from jobqueue.messages.errors import RejectJob
from jobqueue.messages.outcome import Cancelled, Duplicate, Outcome, Reject

if TYPE_CHECKING:
    from jobqueue.consumer.ports import Observer
    from jobqueue.consumer.returns import Returns
    from jobqueue.consumer.unique_keys import UniqueKeys
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.job import Job

logger = logging.getLogger(__name__)


class UniqueTriggers:
    """Claims for the triggers of one worker. `keys` None: there is no table to claim in."""

    def __init__(self, keys: UniqueKeys | None, observer: Observer, returns: Returns) -> None:
        self._keys = keys
        self._observer = observer
        self._returns = returns
        self._limited_log = RateLimitedLog(logger)

    def instead(self, delivery: Delivery, job: Job) -> Outcome | None:
        """The outcome of a trigger whose handler does not run: a duplicate, or one whose key could not be claimed, which comes again without the loss
        of an attempt. None: it runs. Blocks where its job is unique.

        Raises:
            RejectJob: there is no table. Handled nevertheless, its job would run beside others without a word.
        """
        claim = _claim(job)
        if claim is None:
            return None
        if self._keys is None:
            raise no_table("uniqueKey")
        for _ in range(2):  # the second finds what the first wrote, where only its answer was lost
            try:
                holder = self._keys.claim(claim)
            except RecordsError as error:
                self._failed("claim", error, "Its trigger comes again.")
            else:
                return None if holder == job.job_id else Duplicate(holder)
        return self._returns.never_started(delivery, AWAY_SECONDS)

    def ended(self, job: Job, outcome: Outcome) -> None:
        """After its handler: a trigger that is a dead letter, or was cancelled, has no job. Blocks where that would have been unique."""
        claim = _claim(job)
        if claim is None or self._keys is None or not isinstance(outcome, Reject | Cancelled):
            return
        try:
            self._keys.release(claim)
        except RecordsError as error:
            self._failed("release", error, "Its unique key is free once its time has passed.")

    def _failed(self, operation: str, error: RecordsError, then: str) -> None:
        self._observer.settle_failed(operation, error.code, 1)
        self._limited_log.warning(operation, f"{error} {then}")


def no_table(name: str) -> RejectJob:
    """Of a job that is to be unique. `name`: that of what asks for it."""
    return RejectJob(
        NO_RECORD,
        f"{name} needs job records, and this worker has no table of them: set JOB_TABLE (job_records = true in the stack)",
    )


def _claim(job: Job) -> Claim | None:
    if job.unique is None or job.next_type is None:
        return None
    return Claim(job_id=job.job_id, type=job.next_type, key=job.unique.key, seconds=job.unique.seconds)
