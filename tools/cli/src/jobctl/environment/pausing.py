"""The steps of pausing and resuming a service, in an order that may be interrupted anywhere.

pause:   former values kept -> scaling suspended -> desired count 0 -> tasks drained, or stopped
resume:  desired count back -> scaling back -> former values forgotten -> tasks run

Each step may be repeated. The former values are written first and once (a second `pause` keeps those of the first), and forgotten last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobctl.environment.ecs_service import AWAKE, SUSPENDED, Scaling, ServiceTasks
from jobctl.environment.paused import BeforePause, add_paused, read_paused, remove_paused
from jobctl.queries.job_state import OPEN
from jobctl.queries.recent_states import read_states
from jobctl.queries.times import how_long
from jobctl.views.attempts_view import SHORT_TASK

if TYPE_CHECKING:
    from jobctl.environment.ecs_service import LeftTask
    from jobctl.queries.job_state import JobState
    from jobqueue.client.stack import Stack

STOP_REASON = "jobctl pause --now"
"""The reason that ECS shows for such a task."""
POLL_SECONDS = 2.0
"""Seconds between two polls of the tasks."""


@dataclass(frozen=True)
class Pausing:
    """One service. `say` is called with each step that was done. `wait` may raise to stop: completed steps stay, and a repeated call goes on."""

    service: str
    ssm: Any
    parameter: str
    scaling: Scaling
    tasks: ServiceTasks
    say: Callable[[str], object]
    wait: Callable[[float], object]
    progress: Callable[[str], object] = lambda _: None
    """Called with the progress during a wait."""

    def pause(self) -> BeforePause:
        """Pauses the service; returns its former values.

        Raises:
            NotFoundError: no such ECS service.
            CommandError: the SSM parameter holds something else.
            botocore.exceptions.ClientError: no permission.
        """
        former = read_paused(self.ssm, self.parameter).get(self.service)
        limits, desired = self.scaling.limits(), self.tasks.desired()
        if former is None:
            now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            former = BeforePause(now, desired, None if limits is None else limits.suspended)
            add_paused(self.ssm, self.parameter, self.service, former)
            self.say(f"{self.service}: desired count {desired} saved in {self.parameter}")
        else:
            self.say(f"{self.service}: paused since {former.paused_at}, desired count was {former.desired_count}")
        if limits is None:
            self.say(f"{self.service}: has no scaling to suspend")
        elif limits.suspended != SUSPENDED:
            self.scaling.suspend(SUSPENDED)
            self.say(f"{self.service}: scaling suspended")
        # Read again: the scaling may have changed it before it was suspended.
        if self.tasks.desired() != 0:
            self.tasks.want(0)
            self.say(f"{self.service}: desired count set to 0")
        return former

    def stop_now(self) -> None:
        """After `pause`: stops its tasks, protected ones too; each has its stop timeout. Raises ClientError: no permission."""
        stopped = self.tasks.stop(STOP_REASON)
        self.say(f"{self.service}: stopping {stopped} task{'' if stopped == 1 else 's'}")

    def wait_until_drained(self) -> None:
        """Waits until the last task has ended: handlers finish within their grace, protected tasks when their jobs do. Raises ClientError."""
        while left := len(self.tasks.left()):
            self.progress(f"{self.service}: {left} task{'' if left == 1 else 's'} still draining")
            self.wait(POLL_SECONDS)

    def resume(self) -> BeforePause | None:
        """Resumes the service; returns its former values. None: it was not paused, and nothing changed. Raises as `pause`."""
        former = read_paused(self.ssm, self.parameter).get(self.service)
        if former is None:
            self.say(f"{self.service}: is not paused ({self.parameter} does not name it); nothing was changed")
            return None
        limits = self.scaling.limits()
        desired = former.desired_count
        if limits is not None:  # a deployment may have changed them meanwhile
            desired = max(limits.min_tasks, min(desired, limits.max_tasks))
        if self.tasks.desired() < desired:  # it is higher if an interrupted resume, and scaling after it, came first
            self.tasks.want(desired)
            self.say(f"{self.service}: desired count set to {desired}")
        before = former.suspended_state or AWAKE
        if limits is not None and limits.suspended != before:
            self.scaling.suspend(before)
            self.say(f"{self.service}: scaling {'restored' if any(before.values()) else 'resumed'}")
        remove_paused(self.ssm, self.parameter, self.service)
        return former

    def wait_until_running(self) -> None:
        """Waits until as many tasks run as are desired. Raises ClientError."""
        while (running := self.tasks.running()) < (desired := self.tasks.desired()):
            self.progress(f"{self.service}: {running} of {desired} tasks running")
            self.wait(POLL_SECONDS)


MAX_ATTEMPT_SECONDS = 12 * 3600
"""A message is held for 12 h at most ("ChangeMessageVisibility"), so no running attempt began earlier."""
CLOCKS_APART_MS = 60_000
"""Milliseconds by which the clock of a task may be behind ECS's."""


@dataclass(frozen=True)
class BusyTask:
    """A task that has not ended, and the jobs whose attempts are under way in it, as far as the logs say."""

    service: str
    task_id: str
    jobs: list[JobState]

    def text(self) -> str:
        """One line of text."""
        now = time.time()
        on = ", ".join(
            f"{one.job_id} ({one.job_type}, attempt {one.attempts}, for {how_long(now - one.attempt_ms / 1000)}"
            f"{', HUNG' if one.status == 'hung' else ''})"
            for one in self.jobs
        )
        return f"{self.service}: task {self.task_id[:SHORT_TASK]} {f'still runs {on}' if on else 'is draining'}"


def read_busy_tasks(logs: Any, stack: Stack, service: str, tasks: Sequence[LeftTask]) -> list[BusyTask]:
    """What these tasks work on now; no call is made without tasks."""
    if not tasks:
        return []
    earliest_ms = (time.time() - MAX_ATTEMPT_SECONDS) * 1000
    since_ms = max(earliest_ms, min((one.started_ms or earliest_ms) - CLOCKS_APART_MS for one in tasks))
    states = [one for one in read_states(logs, stack, int(since_ms)) if one.status in OPEN]
    return [BusyTask(service, task.task_id, [one for one in states if one.task == task.task_id]) for task in tasks]
