"""Job logs: each job in its own stream, `job-streams/YYYY-MM-DD/{jobId}`. Any thread.

Cost: a short job one CreateLogStream and one PutLogEvents, both when it ends; a retry of it one PutLogEvents; a start one
CreateLogStream.
Guarantee: every event ends in CloudWatch (the job's stream, or the task's overflow stream) or on stdout, marked and counted, and
`then` comes after that, at the latest JOB_LOG_CONFIRM_SECONDS after the end, or when stdout has taken it. Nothing of it fails a job; an
outage costs a job one wait of a second in all (`room`), and memory stays within JOB_LOG_BUFFER_BYTES.
Not guaranteed: a call whose answer was lost is repeated and may double its events; a process that is killed loses what it had not shipped,
and the job, not yet settled, runs and logs again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jobqueue.cloudwatch.calls import LogsCalls
from jobqueue.cloudwatch.event import encode
from jobqueue.cloudwatch.overflow import overflow_stream
from jobqueue.cloudwatch.records import Account
from jobqueue.cloudwatch.shipper import Shipper
from jobqueue.cloudwatch.startup_check import StartupCheck
from jobqueue.cloudwatch.undelivered import Undelivered
from jobqueue.messages.job_id import job_log_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobqueue.aws.service import BegunCalls
    from jobqueue.cloudwatch.settings import JobLogSettings
    from jobqueue.consumer.ports import JobLog
    from jobqueue.line_writer import LineWriter
    from jobqueue.messages.job import Job


class CloudWatchJobLogs:
    """Implements `JobLogs`. One for the process, on one log group."""

    def __init__(
        self,
        calls: BegunCalls,
        settings: JobLogSettings,
        *,
        task: str,
        on_overflow: Callable[[int], None],
        on_undelivered: Callable[[int], None],
        lines: LineWriter,
        trace_id: Callable[[], str] = str,
    ) -> None:
        """`calls` go to CloudWatch Logs. `task` names this process in the overflow stream's name.

        `on_overflow` and `on_undelivered` get the number of events that went to the overflow stream or to stdout, in a thread of ours.
        `lines` is where the process's log lines go, too. `trace_id` gives the trace (32 hex digits, or empty) of the attempt that runs in the
        calling thread.
        """
        self._trace_id = trace_id
        self._group = settings.job_log_group
        self._shipper = Shipper(
            LogsCalls(calls, settings.job_log_group),
            settings,
            lambda: overflow_stream(task, time.time_ns() // 1_000_000),
            undelivered=Undelivered(lines),
            on_overflow=on_overflow,
            on_undelivered=on_undelivered,
        )

    def check(self) -> StartupCheck:
        """Begins the check that the log group can be written; for the start."""
        return StartupCheck(self._group, self._shipper.make_overflow)

    def open(self, job: Job, attempt: int) -> JobLog:
        """See the port."""
        return CloudWatchJobLog(job, attempt, self._shipper, self._trace_id)

    def flush(self, seconds: float) -> None:
        """See the port. Afterwards a `write` still goes to stdout, and a `finish` still calls its `then`."""
        self._shipper.stop(seconds)


class CloudWatchJobLog:
    """One attempt's log; implements `JobLog`.

    A first attempt's stream is taken for missing, a later one's for existing: each is right in most cases, and a wrong guess costs one
    failed call (a stream that exists: CreateLogStream reports it; one that does not: PutLogEvents does). So a retry needs one call, and
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
