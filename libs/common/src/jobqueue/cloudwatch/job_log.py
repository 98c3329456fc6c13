"""What is one attempt's log? Layer 3, any thread: encodes what a job writes and hands it to the shipper."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from jobqueue.cloudwatch.event import encode
from jobqueue.cloudwatch.stream import Stream
from jobqueue.messages.job_id import job_log_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobqueue.cloudwatch.shipper import Shipper
    from jobqueue.cloudwatch.stream import Event
    from jobqueue.cloudwatch.timers import Timer
    from jobqueue.consumer.clock import Clock
    from jobqueue.messages.job import Job


class CloudWatchJobLog:
    """Implements `JobLog`. The public attributes are the ledger's, under its lock; writers use the two methods.

    A first attempt's stream is taken for missing, a later one's for existing: each is right in most cases, and a wrong guess costs one
    failed call (a stream that exists: CreateLogStream says so; one that does not: PutLogEvents does). So a retry needs one call, and
    nothing of the CreateLogStream quota.
    """

    __slots__ = (
        "_clock",
        "_ids",
        "_shipper",
        "_trace_id",
        "closed",
        "deadline",
        "finished",
        "last_ms",
        "pending",
        "stream",
        "then",
    )

    def __init__(self, job: Job, attempt: int, shipper: Shipper, clock: Clock, trace_id: Callable[[], str]) -> None:
        self._shipper = shipper
        self._clock = clock
        self._trace_id: Callable[[], str] | None = trace_id
        self._ids: dict[str, object] = {
            "jobId": job.job_id,
            "jobType": job.type,
            "correlationId": job.correlation_id,
            "attempt": attempt,
        }
        self.stream = Stream(job_log_stream(job.job_id), self, exists=attempt > 1)
        self.pending: deque[Event] = deque()
        self.last_ms = 0
        self.finished = False
        self.closed = False
        self.then: Callable[[], None] | None = None
        self.deadline: Timer | None = None

    def write(self, level: str, message: str, fields: Mapping[str, object] | None = None) -> None:
        """See the port. Blocks for at most 2 s, and only while the buffer of all jobs is full."""
        if self._trace_id is not None:
            trace = self._trace_id()
            if trace:
                # A new dict: another thread may be encoding with the old one.
                self._ids = {**self._ids, "traceId": trace}
                self._trace_id = None
        stamp_ms = self._clock.wall_ms()
        self._shipper.add(self, stamp_ms, encode(self._ids, level, message, fields, stamp_ms))

    def finish(self, then: Callable[[], None]) -> None:
        """See the port."""
        self._shipper.finish(self, then)
