"""The queue that the background job works on. Read from the environment once, in `__main__`."""

from __future__ import annotations

from dataclasses import dataclass

from jobqueue import setting


@dataclass(frozen=True)
class BackgroundJobSettings:
    """The background job's own settings; the runtime's are in `jobqueue`."""

    background_jobs_queue_url: str = setting(
        "the queue that background jobs come from, and that they send further ones to", role="receives"
    )
    background_jobs_dlq_url: str = setting("where jobs go that cannot be done", role="dead_letters")
