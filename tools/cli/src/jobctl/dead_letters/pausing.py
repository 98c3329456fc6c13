"""The steps of pausing and resuming a service, in an order that may be interrupted anywhere.

pause:   former values kept -> scaling suspended -> desired count 0 -> tasks drained, or stopped
resume:  desired count back -> scaling back -> former values forgotten -> tasks run

Each step may be repeated. The former values are written first and once (a second `pause` keeps those of the first), and forgotten last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobctl.dead_letters.scaling import AWAKE, SUSPENDED, Scaling
from jobctl.dead_letters.tasks import Tasks
from jobctl.environment.paused import Former, forget, keep, read_paused

STOP_REASON = "jobctl pause --now"
"""The reason that ECS shows for such a task."""
LOOK_SECONDS = 2.0
"""Seconds between two looks at the tasks."""


@dataclass(frozen=True)
class Pausing:
    """One service. `say` is called with each step that was done. `wait` may raise to stop: completed steps stay, and a repeated call goes on."""

    service: str
    ssm: Any
    parameter: str
    scaling: Scaling
    tasks: Tasks
    say: Callable[[str], object]
    wait: Callable[[float], object]
    told: Callable[[str], object] = lambda _: None
    """Called with the progress during a wait."""

    def pause(self) -> Former:
        """Pauses the service; returns its former values.

        Raises:
            NotFoundError: no such ECS service.
            DeployError: the SSM parameter holds something else.
            botocore.exceptions.ClientError: no permission.
        """
        former = read_paused(self.ssm, self.parameter).get(self.service)
        limits, desired = self.scaling.limits(), self.tasks.desired()
        if former is None:
            now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            former = Former(now, desired, None if limits is None else limits.suspended)
            keep(self.ssm, self.parameter, self.service, former)
            self.say(f"{self.service}: desired count {desired} noted in {self.parameter}")
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
        self.say(f"{self.service}: {stopped} task{' is' if stopped == 1 else 's are'} told to stop")

    def wait_until_drained(self) -> None:
        """Waits until the last task has ended: handlers finish within their grace, protected tasks when their jobs do. Raises ClientError."""
        while left := len(self.tasks.left()):
            self.told(f"{self.service}: {left} task{'' if left == 1 else 's'} still draining")
            self.wait(LOOK_SECONDS)

    def resume(self) -> Former | None:
        """Resumes the service; returns its former values. None: it was not paused, and nothing changed. Raises as `pause`."""
        former = read_paused(self.ssm, self.parameter).get(self.service)
        if former is None:
            self.say(f"{self.service}: is not paused ({self.parameter} does not name it); nothing changed")
            return None
        limits = self.scaling.limits()
        desired = former.desired_count
        if limits is not None:  # a deployment may have changed them meanwhile
            desired = max(limits.least, min(desired, limits.most))
        if self.tasks.desired() < desired:  # it is higher if an interrupted resume, and scaling after it, came first
            self.tasks.want(desired)
            self.say(f"{self.service}: desired count set to {desired}")
        before = former.suspended_state or AWAKE
        if limits is not None and limits.suspended != before:
            self.scaling.suspend(before)
            self.say(f"{self.service}: scaling {'as it was' if any(before.values()) else 'goes on'}")
        forget(self.ssm, self.parameter, self.service)
        return former

    def wait_until_running(self) -> None:
        """Waits until as many tasks run as are desired. Raises ClientError."""
        while (running := self.tasks.running()) < (desired := self.tasks.desired()):
            self.told(f"{self.service}: {running} of {desired} tasks run")
            self.wait(LOOK_SECONDS)
