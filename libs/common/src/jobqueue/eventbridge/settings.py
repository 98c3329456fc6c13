"""The setting of events, read once at start."""

from __future__ import annotations

from dataclasses import dataclass

from jobqueue.settings import setting


@dataclass(frozen=True)
class EventSettings:
    """Where ends of jobs are told."""

    job_events_bus: str | None = setting(
        "EventBridge bus that gets an event of each job's end; without one, none are sent", None
    )
