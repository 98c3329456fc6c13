"""The settings of the job log, read once at start."""

from __future__ import annotations

from dataclasses import dataclass

from jobqueue.cloudwatch.limits import MAX_BATCH_BYTES
from jobqueue.settings import SettingError, check_ranges, setting


@dataclass(frozen=True)
class JobLogSettings:
    """Where job logs go, how fast, and how much may wait in memory.

    `job_log_streams_per_second` is this task's share of CreateLogStream, 50 a second for account and Region ("CloudWatch Logs quotas"):
    10 leaves room for five tasks. `job_log_shippers` 64: a short job costs two calls one after the other, at 20 ms each 25 jobs a second
    for one call under way. A call has no thread; it has a connection, which costs 0.15 MB.
    """

    job_log_group: str = setting("log group of the job log streams")
    job_log_streams_per_second: float = setting(
        "this task's share of CreateLogStream (50/s per account and Region); a job beyond it writes to the task's overflow stream",
        10.0,
        unit="/s",
        minimum=0.01,
        maximum=100_000,
    )
    job_log_stream_wait_seconds: float = setting(
        "a job's log waits at most so long for its own stream", 5.0, unit="s", minimum=0, maximum=60
    )
    job_log_confirm_seconds: float = setting(
        "after a job's end its events go to stdout when CloudWatch has not confirmed them by then",
        30.0,
        unit="s",
        minimum=1,
        maximum=600,
    )
    job_log_linger_seconds: float = setting(
        "a running job's events are shipped when the oldest is so old", 5.0, unit="s", minimum=0.1, maximum=300
    )
    job_log_batch_bytes: int = setting(
        "a running job's events are shipped when they are so many bytes",
        262_144,
        unit="bytes",
        minimum=1_024,
        maximum=MAX_BATCH_BYTES,
    )
    job_log_buffer_bytes: int = setting(
        "memory for unconfirmed events and calls; past its share a job waits for room, 1 s for nothing at most, then writes to stdout",
        33_554_432,
        unit="bytes",
        minimum=16_777_216,
        maximum=1_073_741_824,
    )
    job_log_shippers: int = setting("calls to CloudWatch Logs that may overlap", 64, minimum=1, maximum=256)

    def __post_init__(self) -> None:
        """Raises SettingError for impossible values and combinations."""
        check_ranges(self)
        if not self.job_log_group:
            raise SettingError("JOB_LOG_GROUP must name a log group")
        if self.job_log_confirm_seconds <= self.job_log_stream_wait_seconds:
            raise SettingError(
                f"JOB_LOG_CONFIRM_SECONDS={self.job_log_confirm_seconds} must be longer than "
                f"JOB_LOG_STREAM_WAIT_SECONDS={self.job_log_stream_wait_seconds}"
            )
