"""What the live view knows at one moment. Layer: tools, immutable; made in the reading thread, shown in the other, printed with --json."""

from __future__ import annotations

from dataclasses import dataclass

from jobtools.jobs.overview import Depths, Pause, TaskCounts
from jobtools.look.job_state import JobState
from jobtools.look.metric_events import Attempts, Slots

PLOT_MINUTES = 30
"""A plot has a column for each."""
RATE_MINUTES = 5
"""Whole minutes that a rate is the mean of: a task tells its counts once a minute."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be read, and what to do next; it is tried again so many seconds later."""

    what: str
    next_step: str
    again_seconds: float


@dataclass(frozen=True, slots=True)
class ServiceNow:
    """One service. None: not known (yet). `waiting`: messages in its queue, a number a minute, the last one now. `done`: attempts that were done, a
    number a minute, the last one the minute before now. `attempts`: of the last `RATE_MINUTES` whole minutes.
    """

    name: str
    tasks: TaskCounts | None
    slots: Slots | None
    depths: Depths | None
    oldest_seconds: float | None
    waiting: tuple[int | None, ...]
    done: tuple[int | None, ...]
    attempts: Attempts | None
    paused: Pause | None = None
    """None: it is not, as far as is known."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All of it. `alarms`: names of those that ring. `jobs`: the newest first. `jobs_left_out`: more came than are read."""

    stack: str
    at_ms: int
    services: tuple[ServiceNow, ...]
    alarms: tuple[str, ...] | None
    jobs: tuple[JobState, ...]
    jobs_left_out: bool
    troubles: tuple[Trouble, ...]
