"""The values that the live view shows at one moment, all immutable.

Made in the reading thread, shown in the view's thread, printed with --json.
"""

from __future__ import annotations

from dataclasses import dataclass

from jobctl.overview import Depths, Pause, TaskCounts
from jobctl.queries.job_state import JobState
from jobctl.queries.metric_events import Attempts, Slots

PLOT_MINUTES = 30
"""Minutes of a plot, one for each column."""
RATE_MINUTES = 5
"""A rate is the mean over so many whole minutes: a task exports its counts once a minute."""


@dataclass(frozen=True, slots=True)
class ReadError:
    """What could not be read, and what to do next; it is read again after `again_seconds`."""

    what: str
    next_step: str
    again_seconds: float


@dataclass(frozen=True, slots=True)
class ServiceSnapshot:
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
    """None: not paused, as far as is known."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole stack. `alarms`: names of those in alarm. `jobctl`: the newest first. `jobs_left_out`: more came than were read."""

    stack: str
    at_ms: int
    services: tuple[ServiceSnapshot, ...]
    alarms: tuple[str, ...] | None
    jobs: tuple[JobState, ...]
    jobs_left_out: bool
    errors: tuple[ReadError, ...]
