"""How does a task tell ECS not to scale it in? Layer 3, adapter of `TaskProtection`; a thread of its own.

The callers only leave a wish; the daemon thread makes it true through the ECS agent, one call at a time, the
last wish winning. It fails open: jobs run whether or not ECS protects the task, and a protection that cannot
be dropped lapses by itself.

Never raises, never blocks a caller on the network; says what is wrong at most once a minute.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from jobqueue.ecs.agent import Agent
from jobqueue.ecs.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobqueue.consumer.ports import TaskProtection

log = logging.getLogger(__name__)

EXPIRES_MINUTES = 10
"""Minutes that one call protects; ECS allows 1 to 2,880 and takes 120 when not told ("ExpiresInMinutes" in
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

    def protect(self) -> None:
        """Nothing to do."""

    def release(self) -> None:
        """Nothing to do."""

    def close(self, seconds: float) -> None:
        """Nothing to do."""


def task_protection(environ: Mapping[str, str]) -> TaskProtection:
    """The adapter where the ECS agent left its address in `ECS_AGENT_URI`, else the null object."""
    uri = environ.get("ECS_AGENT_URI", "")
    if not uri:
        return NoTaskProtection()
    try:
        agent = Agent(uri)
    except ValueError as error:
        log.warning("no task protection: ECS_AGENT_URI is not the address of an ECS agent: %s", error)
        return NoTaskProtection()
    return EcsTaskProtection(agent, Schedule(EXPIRES_MINUTES * 60))


class EcsTaskProtection:
    """Owns the wish (any thread, under a lock) and the schedule (its own thread). `close` ends the thread."""

    def __init__(self, agent: Agent, schedule: Schedule) -> None:
        """Calls nobody until the first `protect`."""
        self._agent = agent
        self._schedule = schedule
        self._changed = threading.Condition()
        self._wanted = False
        self._closes_at: float | None = None
        self._hurried = False  # this and the next by the thread alone
        self._logged_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="task-protection", daemon=True)
        self._thread.start()

    def protect(self) -> None:
        """Wanted from now on, renewed until `release` or `close`. Returns at once; repeating is free."""
        self._wish(wanted=True)

    def release(self) -> None:
        """No longer wanted. Returns at once; repeating is free."""
        self._wish(wanted=False)

    def close(self, seconds: float) -> None:
        """Drops protection for good and ends the thread, waiting at most `seconds`.

        Wishes after it are ignored. Repeating it is harmless.
        """
        with self._changed:
            if self._closes_at is None:
                self._closes_at = time.monotonic() + seconds
                self._wanted = False
                self._changed.notify()
        self._thread.join(max(seconds, 0.0))

    def _wish(self, *, wanted: bool) -> None:
        with self._changed:
            if self._closes_at is None and self._wanted is not wanted:
                self._wanted = wanted
                self._changed.notify()

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
            word = "on" if enabled else "off"
            log.warning("task protection could not be turned %s, jobs go on: %s", word, error)
