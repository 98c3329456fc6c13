"""One attempt's log. Any thread: encodes what a job writes and hands it to the shipper."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jobqueue.cloudwatch.event import encode
from jobqueue.cloudwatch.records import Account
from jobqueue.messages.job_id import job_log_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobqueue.cloudwatch.shipper import Shipper
    from jobqueue.messages.job import Job


class CloudWatchJobLog:
    """Implements `JobLog`.

    A first attempt's stream is taken for missing, a later one's for existing: each is right in most cases, and a wrong guess costs one
    failed call (a stream that exists: CreateLogStream says so; one that does not: PutLogEvents does). So a retry needs one call, and
    nothing of the CreateLogStream quota.
    """

    __slots__ = ("_account", "_ids", "_shipper", "_trace_id")

    def __init__(self, job: Job, attempt: int, shipper: Shipper, trace_id: Callable[[], str]) -> None:
        self._shipper = shipper
        self._trace_id: Callable[[], str] | None = trace_id
        self._ids: dict[str, object] = {
            "jobId": job.job_id,
            "jobType": job.type,
            "correlationId": job.correlation_id,
            "attempt": attempt,
        }
        self._account = Account(job_log_stream(job.job_id), exists=attempt > 1)

    def write(self, level: str, message: str, fields: Mapping[str, object] | None = None) -> None:
        """See the port. When it may block, and for how long: `room`."""
        if self._trace_id is not None:
            trace = self._trace_id()
            if trace:
                # A new dict: another thread may be encoding with the old one.
                self._ids = {**self._ids, "traceId": trace}
                self._trace_id = None
        stamp_ms = time.time_ns() // 1_000_000
        self._shipper.add(self._account, stamp_ms, encode(self._ids, level, message, fields, stamp_ms))

    def finish(self, then: Callable[[], None]) -> None:
        """See the port."""
        self._shipper.finish(self._account, then)
