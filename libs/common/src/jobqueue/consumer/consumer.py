"""How does a worker live and stop? Layer 2; `run` in the main thread, `drain` and `stop_now` from anywhere, signal handlers included.

running   poller -> executor -> settler, and a tick a second here: watchdog, proof of life, scale-in protection
draining  no new receives; what has not started is released; handlers go on up to the grace period; then job logs are flushed (deletes
          wait for their confirmation), outcomes settled, protection dropped
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from jobqueue.consumer.executor import Executor
from jobqueue.consumer.poller import Poller
from jobqueue.consumer.protection import ProtectionPolicy
from jobqueue.consumer.settler import Settler
from jobqueue.consumer.slots import Slots
from jobqueue.consumer.verdicts import Verdicts
from jobqueue.consumer.watchdog import Watchdog
from jobqueue.messages.outcome import Leave, Release

if TYPE_CHECKING:
    from jobqueue.consumer.catalogue import Catalogue
    from jobqueue.consumer.policy import ConsumerPolicy, StopPolicy
    from jobqueue.consumer.ports import Beats, JobLogs, Observer, Queue, Sender, TaskProtection
    from jobqueue.messages.delivery import Delivery

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
DRAIN_TICK_SECONDS = 0.05
OLDEST_BEAT_SECONDS = 45.0
"""A loop that has not advanced for this long is not alive: a long poll (20 s) and the client's read timeout (30 s) lie below."""

STUCK_EXIT_CODE = 70
"""EX_SOFTWARE of sysexits.h: handlers hang, replace this worker."""

STOPPED_EXIT_CODE = 1
"""A second signal: running jobs were left."""


class Command(Enum):
    """What is asked of the main thread."""

    DRAIN = "drain"
    STOP_NOW = "stop now"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything that a consumer stands on: ports, policies, and who it is. `job_logs` None: jobs have no stream of their own."""

    queue: Queue
    dead_letters: Sender
    sender: Sender | None
    catalogue: Catalogue
    policy: ConsumerPolicy
    stop: StopPolicy
    observer: Observer
    job_logs: JobLogs | None
    protection: TaskProtection
    beats: Beats
    service: str
    version: str
    task: str = ""
    """Where this worker runs: the ECS task's id."""


class Consumer:
    """Owns the loops. Runs once."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        policy = parts.policy
        self._slots = Slots(running=policy.max_concurrency, held=policy.max_unsettled)
        verdicts = Verdicts(policy, parts.dead_letters, service=parts.service, version=parts.version)
        self._settler = Settler(
            queue=parts.queue,
            sender=parts.sender,
            dead_letters=parts.dead_letters,
            policy=policy,
            slots=self._slots,
            observer=parts.observer,
            lease_lost=lambda delivery: self._executor.lease_lost(delivery),
            refused=verdicts.on_refusal,
        )
        self._executor = Executor(
            catalogue=parts.catalogue,
            policy=policy,
            slots=self._slots,
            observer=parts.observer,
            job_logs=parts.job_logs,
            sender=parts.sender,
            verdicts=verdicts,
            settle=self._settler.finished,
            service=parts.service,
            version=parts.version,
            task=parts.task,
        )
        self._poller = Poller(
            queue=parts.queue,
            policy=policy,
            slots=self._slots,
            observer=parts.observer,
            arrived=self._arrived,
            open_jobs=lambda: self._executor.open,
        )
        self._watchdog = Watchdog(
            slots=policy.max_concurrency,
            observer=parts.observer,
            abandon=self._settler.abandon,
            tells_starts=parts.job_logs is None,
        )
        self._protection = ProtectionPolicy(
            grace_seconds=parts.stop.grace_seconds,
            after_seconds=policy.protection_after_seconds,
            max_seconds=policy.protection_max_seconds,
        )
        self._commands: SimpleQueue[Command] = SimpleQueue()
        self._stopping = False
        parts.observer.watch(slots_in_use=lambda: self._executor.open, slots_stuck=lambda: self._watchdog.stuck)

    def drain(self) -> None:
        """Asks for an orderly stop. Idempotent, never blocks, safe in a signal handler (a SimpleQueue's `put` is reentrant)."""
        self._commands.put(Command.DRAIN)

    def stop_now(self) -> None:
        """Asks for a stop that waits for no handler."""
        self._commands.put(Command.STOP_NOW)

    def run(self) -> int:
        """Works until drained; gives the process's exit code: 0, 1 (second signal), 70 (handlers hang)."""
        self._settler.start()
        self._poller.start()
        logger.info("consuming", extra={"queue": self._parts.queue.name, "slots": self._parts.policy.max_concurrency})
        code = 0
        while True:
            hopeless = self._tick()
            if hopeless is not None:
                logger.error("%s: this worker drains and exits, so that it is replaced", hopeless)
                code = STUCK_EXIT_CODE
                break
            command = self._next_command(TICK_SECONDS)
            if command is Command.STOP_NOW:
                return self._drain(grace_seconds=0.0, code=STOPPED_EXIT_CODE)
            if command is Command.DRAIN:
                break
        return self._drain(grace_seconds=self._parts.stop.grace_seconds, code=code)

    def _arrived(self, deliveries: Sequence[Delivery]) -> None:
        """In a polling thread: the lease exists before the work does."""
        self._settler.taken(deliveries)
        for delivery in deliveries:
            if self._stopping:
                self._slots.finished()
                self._settler.finished(delivery, Release())
            else:
                self._executor.submit(delivery)

    def _tick(self) -> str | None:
        """Looks at everything once; why this worker must be replaced, or None."""
        try:
            self._beat(time.monotonic())
            self._protect(time.monotonic())
            return self._watchdog.look(self._executor.runs(), time.monotonic())
        except Exception:
            logger.exception("unexpected error in the consumer's main loop; it goes on")
            return None

    def _beat(self, now: float) -> None:
        if now - min(self._settler.beat_at, *self._poller.beats) < OLDEST_BEAT_SECONDS:
            self._parts.beats.beat()

    def _protect(self, now: float) -> None:
        runs = self._executor.runs()
        long_ages = [run.age(now) for run in runs if run.timeout > self._parts.stop.grace_seconds and not run.stuck]
        decision = self._protection.tick(
            now, max(long_ages, default=None), self._slots.held, service_paused=self._parts.protection.paused
        )
        self._poller.pause(decision.pause_receiving)
        if decision.protect:
            self._parts.protection.protect()
        else:
            self._parts.protection.release()

    def _next_command(self, seconds: float) -> Command | None:
        try:
            return self._commands.get(timeout=seconds)
        except Empty:
            return None

    def _drain(self, *, grace_seconds: float, code: int) -> int:
        began = time.monotonic()
        logger.info("draining", extra={"running": self._executor.open, "graceSeconds": grace_seconds})
        self._stopping = True
        self._poller.stop()
        self._executor.drain()
        if self._wait_for_handlers(began + grace_seconds):
            code = STOPPED_EXIT_CODE
        for run in self._executor.runs():
            logger.warning(
                "left running when the grace period ended; its lease lapses and another worker gets it",
                extra={
                    "jobId": run.job.job_id,
                    "correlationId": run.job.correlation_id,
                    "jobType": run.job.type,
                    "seconds": round(run.age(time.monotonic()), 1),
                },
            )
            self._settler.finished(run.delivery, Leave())
        if self._parts.job_logs is not None:
            self._parts.job_logs.flush(self._parts.stop.job_log_flush_seconds)
        left = self._settler.drain(self._parts.stop.settle_flush_seconds)
        self._executor.close()
        self._parts.protection.close(1.0)
        seconds = time.monotonic() - began
        self._parts.observer.drained(seconds, left)
        logger.info("drained", extra={"seconds": round(seconds, 3), "left": left, "exitCode": code})
        return code

    def _wait_for_handlers(self, until: float) -> bool:
        """Until nothing runs (but hung handlers) and no poll is in flight, or the time is up. True when told to stop now."""
        while time.monotonic() < until:
            # In this order: a hung handler that returns in between must not stand for one that still works.
            still_open = self._executor.open
            stuck = sum(run.stuck for run in self._executor.runs())
            if self._poller.ended and still_open <= stuck:
                return False
            self._tick()
            if self._next_command(DRAIN_TICK_SECONDS) is Command.STOP_NOW:
                logger.warning("told again to stop: stopping now")
                return True
        return False
