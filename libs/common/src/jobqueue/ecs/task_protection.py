"""Tell ECS not to scale this task in: the adapter of `TaskProtection`, with a thread of its own.

While ECS spares the task, `PauseWatch` asks whether its service was paused. The callers only leave a wish; the daemon
thread makes it true through the ECS agent, one call at a time, the last wish winning. It fails open: jobs run whether or
not ECS protects the task, and a protection that cannot be dropped lapses by itself.

Never raises, never blocks a caller on the network; says what is wrong at most once a minute.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from jobqueue.ecs.agent import Agent
from jobqueue.ecs.pause_watch import PauseWatch
from jobqueue.ecs.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobqueue.consumer.ports import TaskProtection

log = logging.getLogger(__name__)

EXPIRES_MINUTES = 10
"""Minutes that one call protects; ECS allows 1 to 2,880 and takes 120 by default ("ExpiresInMinutes" in
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html).

Short, because a protection that we fail to drop holds up a deployment for that long; long enough for several
tries at renewing it.
"""

CALL_SECONDS = 5.0
"""Most seconds for one network step of a call. The agent too gives up on ECS: `RequestCanceled`."""

LOG_SECONDS = 60.0
"""Least seconds between two log lines about failures."""


class NoTaskProtection:
    """Outside ECS nothing scales us in: every wish is granted by doing nothing. Any thread."""

    paused = False

    def protect(self) -> None:
        """Nothing to do."""

    def release(self) -> None:
        """Nothing to do."""

    def close(self, seconds: float) -> None:
        """Nothing to do."""


def task_protection(environ: Mapping[str, str], desired_count: Callable[[], int] | None = None) -> TaskProtection:
    """The adapter where the ECS agent left its address in `ECS_AGENT_URI`, else the null object. `desired_count`: see `EcsTaskProtection`."""
    uri = environ.get("ECS_AGENT_URI", "")
    if not uri:
        return NoTaskProtection()
    try:
        agent = Agent(uri)
    except ValueError as error:
        log.warning("no task protection: ECS_AGENT_URI is not the address of an ECS agent: %s", error)
        return NoTaskProtection()
    return EcsTaskProtection(agent, Schedule(EXPIRES_MINUTES * 60), desired_count)


class EcsTaskProtection:
    """Owns what is wanted (any thread, under a lock) and the schedule (its own thread). `close` ends the thread."""

    def __init__(self, agent: Agent, schedule: Schedule, desired_count: Callable[[], int] | None = None) -> None:
        """Makes no call until the first `protect`. `desired_count`: see `PauseWatch`; None: a pause is never seen."""
        self._agent = agent
        self._schedule = schedule
        self._pause_watch = None if desired_count is None else PauseWatch(desired_count, self._may_be_on)
        self._changed = threading.Condition()
        self._wanted = False
        self._closes_at: float | None = None
        self._hurried = False  # this and the next by the thread alone
        self._logged_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="task-protection", daemon=True)
        self._thread.start()

    @property
    def paused(self) -> bool:
        """Whether ECS wants no task of this service; False where that is not known."""
        return self._pause_watch is not None and self._pause_watch.paused

    def protect(self) -> None:
        """Wanted from now on, renewed until `release` or `close`. Returns at once; repeating is free."""
        self._want(wanted=True)
        if self._pause_watch is not None:
            self._pause_watch.look()

    def release(self) -> None:
        """No longer wanted. Returns at once; repeating is free."""
        self._want(wanted=False)

    def close(self, seconds: float) -> None:
        """Drops protection for good and ends the thread, waiting at most `seconds`.

        Requests after it are ignored. Repeating it is harmless.
        """
        if self._pause_watch is not None:
            self._pause_watch.close()
        with self._changed:
            if self._closes_at is None:
                self._closes_at = time.monotonic() + seconds
                self._wanted = False
                self._changed.notify()
        self._thread.join(max(seconds, 0.0))

    def _want(self, *, wanted: bool) -> None:
        with self._changed:
            if self._closes_at is None and self._wanted is not wanted:
                self._wanted = wanted
                self._changed.notify()

    def _may_be_on(self) -> bool:
        """Whether ECS may spare this task now. Any thread: two reads of what another thread writes, each atomic."""
        return self._wanted or self._schedule.may_be_on(time.monotonic())

    def _run(self) -> None:
        while (call := self._next_call()) is not None:
            enabled, timeout_seconds = call
            try:
                self._agent.set_protection(
                    enabled=enabled, expires_minutes=EXPIRES_MINUTES, timeout_seconds=timeout_seconds
                )
            except Exception as error:  # noqa: BLE001 (AgentError; a defect must not end the loop either)
                self._failed(enabled=enabled, error=error)
            else:
                if self._schedule.succeeded(time.monotonic(), enabled=enabled):
                    log.info("task protection is %s", "on" if enabled else "off")

    def _next_call(self) -> tuple[bool, float] | None:
        """Waits until a call is due: what to ask for, and its timeout in seconds. None: no more will come."""
        with self._changed:
            while True:
                now = time.monotonic()
                left = None if self._closes_at is None else self._closes_at - now
                if left is not None and not self._hurried:
                    self._hurried = True
                    self._schedule.hurry()
                due = self._schedule.due(now, wanted=self._wanted)
                if left is not None and (due is None or left <= 0):
                    return None
                if due is not None and due <= now:
                    return self._wanted, CALL_SECONDS if left is None else min(CALL_SECONDS, left)
                pauses = [pause for pause in (left, None if due is None else due - now) if pause is not None]
                self._changed.wait(min(pauses, default=None))

    def _failed(self, *, enabled: bool, error: Exception) -> None:
        now = time.monotonic()
        self._schedule.failed(now, enabled=enabled)
        if self._logged_at is None or now - self._logged_at >= LOG_SECONDS:
            self._logged_at = now
            state = "on" if enabled else "off"
            log.warning("task protection could not be turned %s, jobs go on: %s", state, error)
