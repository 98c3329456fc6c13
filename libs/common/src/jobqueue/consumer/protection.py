"""Policy of scale-in protection: when this task is protected, and when it receives. Pure; called by the main thread only.

Protection keeps ECS from stopping a task in the middle of a job that the grace period cannot cover. It also
keeps ECS from ending a deployment, so it must not last for ever: a worker that is never idle pauses receiving
once in a while and may then be replaced.

Never reads a clock, starts a thread or talks to ECS: `jobqueue.ecs.task_protection` does what is decided.

    open      -> protected   a long job is older than after_seconds
    protected -> open        there was no long job for after_seconds
    protected -> finishing   max_seconds went by without an opening: receiving pauses
    finishing -> paused      nothing is held any more: protection is given up
    paused    -> open        after pause_seconds: receiving goes on

A paused service (`paused` of the port) is another matter: nothing is received until it is no longer paused, what
is held goes on under the protection that it has, and with the last of it protection is given up, so that ECS stops the task.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """What the consumer does until the next tick."""

    protect: bool
    """Ask for task protection (True) or give it up (False)."""

    pause_receiving: bool
    """Start no new poll: the worker finishes what it holds, or is open to be replaced."""


class ProtectionPolicy:
    """Owns the memory of when protection began and was last given up. Ticked about once a second.

    Guarantee: whatever the load, a stretch of `pause_seconds` without protection begins at most
    `max_seconds` + `pause_seconds` + the time that the jobs then held take + two ticks after the last one.
    (The second term only where the worker is idle of long jobs just then, so that it is open anyway.)
    """

    def __init__(
        self, grace_seconds: float, after_seconds: float, max_seconds: float = 1800, pause_seconds: float = 60
    ) -> None:
        """All in seconds.

        `grace_seconds`: what a stop leaves to running jobs; jobs that always fit in need no protection.
        `after_seconds`: how long a long job must have run before we ask, and how long there must have been
        none before we give up. It spares the ECS API a call for each job that may run long but rarely does.
        `max_seconds`: half an hour by default, so that a deployment that waits for us stays well within
        CloudFormation's three hours
        (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html,
        "considerations").
        `pause_seconds`: how long ECS is given to pick this task.

        Raises:
            ValueError: names a value that makes no sense.
        """
        for name, value, minimum in (
            ("grace_seconds", grace_seconds, 0),
            ("after_seconds", after_seconds, 0),
            ("max_seconds", max_seconds, 1),
            ("pause_seconds", pause_seconds, 1),
        ):
            if value < minimum:
                raise ValueError(f"{name}={value} must be at least {minimum}")
        self._grace_seconds = grace_seconds
        self._after_seconds = after_seconds
        self._max_seconds = max_seconds
        self._pause_seconds = pause_seconds
        self._protected = False
        self._streak_began = 0.0  # when protection began, not counting openings too short for ECS to use
        self._given_up: float | None = None  # when protection last ended
        self._long_job_seen = 0.0  # the last tick with a long job; read only while protected
        self._pause_ends: float | None = None

    def is_long(self, timeout_seconds: float) -> bool:
        """Whether a job with this timeout may outlive the grace period."""
        return timeout_seconds > self._grace_seconds

    def tick(
        self, now: float, oldest_long_job_seconds: float | None, held: int, *, service_paused: bool = False
    ) -> Decision:
        """Decides from `now` (monotonic seconds) until the next tick.

        `oldest_long_job_seconds` is the age of the oldest running job that `is_long`, None where there is
        none. `held` counts the deliveries that are not settled yet and the polls in flight: a poll that is
        under way may still bring work. `service_paused`: no task of this service is wanted.
        """
        if self._pause_ends is not None:
            if now < self._pause_ends:
                return Decision(protect=False, pause_receiving=True)
            self._pause_ends = None
        if oldest_long_job_seconds is not None:
            self._long_job_seen = now
        if not self._protected:
            if oldest_long_job_seconds is not None and oldest_long_job_seconds >= self._after_seconds:
                self._begin(now)
        elif service_paused and held == 0:
            self._give_up(now)
        elif now - self._streak_began >= self._max_seconds:
            # Work that is held is finished under protection first: nothing may be at risk in the opening.
            if held > 0:
                return Decision(protect=True, pause_receiving=True)
            self._give_up(now)
            self._pause_ends = now + self._pause_seconds
            return Decision(protect=False, pause_receiving=True)
        elif oldest_long_job_seconds is None and now - self._long_job_seen >= self._after_seconds:
            self._give_up(now)
        return Decision(protect=self._protected, pause_receiving=service_paused)

    def _begin(self, now: float) -> None:
        # An opening shorter than the pause gave ECS no fair chance: the streak goes on as if it had not been.
        if self._given_up is None or now - self._given_up >= self._pause_seconds:
            self._streak_began = now
        self._protected = True

    def _give_up(self, now: float) -> None:
        self._protected = False
        self._given_up = now
