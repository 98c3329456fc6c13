"""The jobs whose attempts are under way in the tasks of a service that is being paused."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobctl.commands.list import read_states
from jobctl.queries.job_state import OPEN
from jobctl.queries.times import how_long
from jobctl.views.attempts_view import SHORT_TASK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobctl.call import Call
    from jobctl.dead_letters.tasks import LeftTask
    from jobctl.queries.job_state import JobState

MAX_LOOK_SECONDS = 12 * 3600
"""A message is held for 12 h at most ("ChangeMessageVisibility"), so no running attempt began earlier."""
CLOCKS_APART_MS = 60_000
"""Milliseconds by which the clock of a task may be behind ECS's."""


@dataclass(frozen=True)
class Working:
    """A task that has not ended, and the jobs whose attempts are under way in it, as far as the logs say."""

    service: str
    task_id: str
    jobs: list[JobState]

    def told(self) -> str:
        """One line of text."""
        now = time.time()
        on = ", ".join(
            f"{one.job_id} ({one.job_type}, attempt {one.attempts}, for {how_long(now - one.attempt_ms / 1000)}"
            f"{', HUNG' if one.status == 'hung' else ''})"
            for one in self.jobs
        )
        return f"{self.service}: task {self.task_id[:SHORT_TASK]} still {f'works on {on}' if on else 'drains'}"


def read_working(call: Call, service: str, tasks: Sequence[LeftTask]) -> list[Working]:
    """What these tasks work on now; no call is made without tasks.

    Raises:
        botocore.exceptions.ClientError: no such group, no permission.
    """
    if not tasks:
        return []
    earliest_ms = (time.time() - MAX_LOOK_SECONDS) * 1000
    since_ms = max(earliest_ms, min((one.started_ms or earliest_ms) - CLOCKS_APART_MS for one in tasks))
    states = [one for one in read_states(call, int(since_ms)) if one.status in OPEN]
    return [Working(service, task.task_id, [one for one in states if one.task == task.task_id]) for task in tasks]
