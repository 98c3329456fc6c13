"""Settings of the main job: its queues. Read from the environment once, in `__main__`."""

from __future__ import annotations

from dataclasses import dataclass

from jobqueue import setting


@dataclass(frozen=True)
class MainJobSettings:
    """The main job's own settings; the runtime's are in `jobqueue`."""

    main_job_triggers_queue_url: str = setting("the queue that triggers come from", role="receives")
    main_job_triggers_dlq_url: str = setting("where triggers go that cannot be handled", role="dead_letters")
    background_jobs_queue_url: str = setting("the queue that background jobs are sent to", role="sends")
