"""The settings of job records, read once at start."""

from __future__ import annotations

from dataclasses import dataclass

from jobqueue.settings import check_ranges, setting


@dataclass(frozen=True)
class RecordSettings:
    """Where records of jobs are kept, which, and for how long."""

    job_table: str | None = setting("DynamoDB table of job records; without one, none are kept", None)
    job_record_triggers: bool = setting(
        "whether a main job keeps records of its own triggers too: two writes more for each", False
    )
    job_record_days: int = setting(
        "how long the record of a job that is over is kept; at least the queue's retention and 15 days",
        30,
        unit="days",
        minimum=1,
        maximum=3650,
    )

    def __post_init__(self) -> None:
        """Raises SettingError."""
        check_ranges(self)
