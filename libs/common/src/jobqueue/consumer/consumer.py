"""The consumer: a worker's main loop and its stop. `run` in the main thread, `drain` and `stop_now` from anywhere, signal handlers included.

running   poller -> executor -> settler, and a tick a second here: watchdog, proof of life, scale-in protection
draining  no new receives; what has not started is given back once polls have ended; handlers go on up to the grace period; then job logs are
          flushed (deletes wait for their confirmation), outcomes settled, protection dropped
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from queue import Empty
from typing import TYPE_CHECKING

from jobqueue.consumer.end_events import EndEvents
from jobqueue.consumer.executor import Executor
from jobqueue.consumer.give_backs import GiveBacks
from jobqueue.consumer.handler_policies import HandlerPolicies
from jobqueue.consumer.job_events import ids
from jobqueue.consumer.joins import Joins
from jobqueue.consumer.poller import Poller
from jobqueue.consumer.protection import ProtectionPolicy
from jobqueue.consumer.quarantine import Quarantine
from jobqueue.consumer.queued_records import QueuedRecords
from jobqueue.consumer.record_keeper import RecordKeeper
from jobqueue.consumer.resources import Resources
from jobqueue.consumer.returns import Returns
from jobqueue.consumer.runs import JobTimeout
from jobqueue.consumer.settle_calls import RecordWrites
from jobqueue.consumer.settler import Settler
from jobqueue.consumer.slots import Slots
from jobqueue.consumer.verdicts import Verdicts
from jobqueue.consumer.watchdog import Watchdog
from jobqueue.mailbox import Mailbox

if TYPE_CHECKING:
    from jobqueue.consumer.catalogue import Catalogue
    from jobqueue.consumer.end_events import EventBus
    from jobqueue.consumer.job_batches import JobBatches
    from jobqueue.consumer.job_records import BegunJobRecords
    from jobqueue.consumer.job_steps import JobSteps
    from jobqueue.consumer.policy import ConsumerPolicy, StopPolicy
    from jobqueue.consumer.ports import Heartbeat, JobLogs, Observer, Queue, Sender, TaskProtection
    from jobqueue.consumer.queued_records import Announce
    from jobqueue.consumer.record_keeper import AfterEnd
    from jobqueue.consumer.routes import Senders
    from jobqueue.consumer.runs import Run
    from jobqueue.consumer.unique_keys import UniqueKeys
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.outcome import Release

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
DRAIN_TICK_SECONDS = 0.05
MAX_BEAT_AGE_SECONDS = 45.0
"""A loop that has not advanced for this long is not alive: a long poll (20 s) and the client's read timeout (30 s) lie below."""

MAX_STARVED_SECONDS = 30.0
"""How long deliveries wait for a thread that cannot be started, before they are given back and this worker is replaced."""

STUCK_EXIT_CODE = 70
"""EX_SOFTWARE of sysexits.h: handlers hang, replace this worker."""

STOPPED_EXIT_CODE = 1
"""A second signal: running jobs were left."""


class Command(Enum):
    """Requests to the main thread."""

    DRAIN = "drain"
    STOP_NOW = "stop now"


@dataclass(frozen=True, kw_only=True)
class ConsumerDependencies:
    """The ports, policies and names that a consumer is made of. `again` sends to `queue` itself. `job_logs` None: jobs have no stream of
    their own."""

    queue: Queue
    dead_letters: Sender
    again: Sender
    senders: Senders
    catalogue: Catalogue
    policy: ConsumerPolicy
    stop: StopPolicy
    observer: Observer
    job_logs: JobLogs | None
    protection: TaskProtection
    heartbeat: Heartbeat
    service: str
    version: str
    settings: object = None
    """The service's own, for `context.settings`."""
    resources: Resources = field(default_factory=Resources)
    """Opened by the one who makes the consumer, and closed by it after `run`."""
    task: str = ""
    """Where this worker runs: the ECS task's id."""
    records: BegunJobRecords | None = None
    """None: nothing is written down of a job."""
    steps: JobSteps | None = None
    """Beside `records`."""
    unique_keys: UniqueKeys | None = None
    """Beside `records`."""
    batches: JobBatches | None = None
    """Beside `records`, where this worker keeps those of its own jobs."""
    record_triggers: bool = False
    """Whether a main job's worker records its own triggers, and not only the jobs that it queues."""
    after: Sequence[AfterEnd] = ()
    """What follows the end of a job that is over, in order, where there are `records`."""
    event_bus: EventBus | None = None
    """None: no event tells of a job's end."""
    retention_seconds: int | None = None
    """The queue's MessageRetentionPeriod; None: not known."""


class Consumer:
    """Owns the loops. Runs once."""

    def __init__(self, dependencies: ConsumerDependencies) -> None:
        self._dependencies = dependencies
        policy = dependencies.policy
        self._slots = Slots(running=policy.max_concurrency, held=policy.max_unsettled)
        self._returns = Returns(dependencies.again)
        verdicts = Verdicts(
            policy,
            dependencies.dead_letters,
            self._returns,
            service=dependencies.service,
            version=dependencies.version,
            retention_seconds=dependencies.retention_seconds,
        )
        records = dependencies.records
        keeps = records is not None and not (dependencies.catalogue.follows and not dependencies.record_triggers)
        joins: Joins | None = None
        announce: Announce | None = None
        if records is not None:
            queued = QueuedRecords(records, lambda record: None if joins is None else joins.after(record))
            announce = queued.write
            if keeps and dependencies.batches is not None:
                joins = Joins(records, dependencies.batches, dependencies.senders, announce)
        self._records = (
            RecordKeeper(
                records,
                dependencies.observer,
                steps=dependencies.steps,
                main=dependencies.catalogue.follows,
                lease_seconds=policy.lease_seconds,
                lease_ends=lambda delivery: self._settler.lease_ends(delivery),
                lost=lambda delivery: self._executor.lease_lost(delivery),
                cancelled=lambda delivery, reason: self._executor.cancel(delivery, reason),
                pause=lambda: self._poller.pause(paused=True),
                after=[*([] if joins is None else [joins.after]), *dependencies.after],
                batch_cancelled=(lambda record: None) if joins is None else joins.cancelled,
            )
            if records is not None and keeps
            else None
        )
        bus = dependencies.event_bus
        self._ends = None if bus is None else EndEvents(bus, dependencies.observer)
        self._settler = Settler(
            queue=dependencies.queue,
            senders=dependencies.senders,
            dead_letters=dependencies.dead_letters,
            again=dependencies.again,
            policy=policy,
            slots=self._slots,
            observer=dependencies.observer,
            lease_lost=self._lease_lost,
            refused=verdicts.on_refusal,
            records=RecordWrites(
                announce,
                None if self._records is None else self._records.end,
                None if self._ends is None else self._ends.tell,
            ),
        )
        self._give_backs = GiveBacks(self._settler.finished)
        self._policies = HandlerPolicies(policy, dependencies.catalogue.table)
        self._executor = Executor(
            catalogue=dependencies.catalogue,
            policies=self._policies,
            slots=self._slots,
            observer=dependencies.observer,
            job_logs=dependencies.job_logs,
            senders=dependencies.senders,
            verdicts=verdicts,
            returns=self._returns,
            records=self._records,
            announce=announce,
            tells_ends=self._ends is not None,
            unique_keys=dependencies.unique_keys,
            joins=joins,
            settle=self._give_backs.settle,
            service=dependencies.service,
            version=dependencies.version,
            task=dependencies.task,
            settings=dependencies.settings,
            resources=dependencies.resources,
        )
        self._poller = Poller(
            queue=dependencies.queue,
            policy=policy,
            slots=self._slots,
            observer=dependencies.observer,
            arrived=self._arrived,
            open_jobs=lambda: self._executor.open,
        )
        self._quarantine = Quarantine(
            _WorkerControls(self._slots, self._poller, self._executor),
            self._returns,
            max_receive_count=policy.max_receive_count,
        )
        self._watchdog = Watchdog(
            slots=policy.max_concurrency,
            observer=dependencies.observer,
            abandon=self._abandon,
            logs_starts=dependencies.job_logs is None,
        )
        self._verdicts = verdicts
        self._protection = ProtectionPolicy(
            grace_seconds=dependencies.stop.grace_seconds,
            after_seconds=policy.protection_after_seconds,
            max_seconds=policy.protection_max_seconds,
        )
        self._commands: Mailbox[Command] = Mailbox()
        dependencies.observer.watch(slots_in_use=lambda: self._executor.open, slots_stuck=lambda: self._watchdog.stuck)

    def drain(self) -> None:
        """Asks for an orderly stop. Idempotent, never blocks, safe in a signal handler (a Mailbox's `put` is reentrant)."""
        self._commands.put(Command.DRAIN)

    def stop_now(self) -> None:
        """Asks for a stop that waits for no handler."""
        self._commands.put(Command.STOP_NOW)

    def run(self) -> int:
        """Works until drained; gives the process's exit code: 0, 1 (second signal), 70 (handlers hang)."""
        self._settler.start()
        self._poller.start()
        if self._ends is not None:
            self._ends.start()
        logger.info(
            "consuming",
            extra={"queue": self._dependencies.queue.name, "slots": self._dependencies.policy.max_concurrency},
        )
        code = 0
        while True:
            hopeless = self._tick()
            if hopeless is not None:
                logger.error("%s: this worker drains and exits, so that it is replaced", hopeless)
                code = STUCK_EXIT_CODE
                break
            command = self._next_command(DRAIN_TICK_SECONDS if self._quarantine.active else TICK_SECONDS)
            if command is Command.STOP_NOW:
                return self._drain(grace_seconds=0.0, code=STOPPED_EXIT_CODE)
            if command is Command.DRAIN:
                break
        return self._drain(grace_seconds=self._dependencies.stop.grace_seconds, code=code)

    def _arrived(self, deliveries: Sequence[Delivery]) -> None:
        """In a polling thread: the lease exists before the work does."""
        self._settler.taken(deliveries)
        self._quarantine.admit(deliveries)

    def _lease_lost(self, delivery: Delivery) -> None:
        """In the settler's thread."""
        if self._records is not None:
            self._records.forget(delivery)
        if self._quarantine.lost(delivery):
            self._slots.finished()
        else:
            self._executor.lease_lost(delivery)

    def _abandon(self, run: Run) -> None:
        """Its handler hangs."""
        hangs = JobTimeout(f"still runs after its timeout of {run.timeout:g} s")
        policy = self._policies.of(self._dependencies.catalogue.find(run.job))
        outcome = self._verdicts.on(hangs, run.delivery, run.job, policy=policy, cancelled=run.context.cancel_reason)
        self._settler.abandon(
            run.delivery, self._executor.with_end(outcome, run.delivery, run.job, run.age(time.monotonic()))
        )

    def _tick(self) -> str | None:
        """Runs all periodic checks once; returns why this worker must be replaced, or None."""
        try:
            self._beat(time.monotonic())
            self._protect(time.monotonic())
            self._quarantine.look()
            if self._records is not None:
                self._records.tick(self._executor.runs(), time.monotonic())
            starved_seconds = self._executor.tick()
            hopeless = self._watchdog.look(self._executor.runs(), time.monotonic())
            if starved_seconds >= MAX_STARVED_SECONDS:
                return f"no thread could be started for {starved_seconds:.0f} s"
            return hopeless
        except Exception:
            logger.exception("unexpected error in the consumer's main loop; it goes on")
            return None

    def _beat(self, now: float) -> None:
        if now - min(self._settler.beat_at, *self._poller.beats) < MAX_BEAT_AGE_SECONDS:
            self._dependencies.heartbeat.beat()

    def _protect(self, now: float) -> None:
        runs = self._executor.runs()
        long_ages = [
            run.age(now) for run in runs if run.timeout > self._dependencies.stop.grace_seconds and not run.stuck
        ]
        decision = self._protection.tick(
            now, max(long_ages, default=None), self._slots.held, service_paused=self._dependencies.protection.paused
        )
        away = self._records is not None and self._records.away
        self._poller.pause(decision.pause_receiving or self._quarantine.active or away)
        if decision.pause_receiving:
            self._executor.give_waiting_back()
        if decision.protect:
            self._dependencies.protection.protect()
        else:
            self._dependencies.protection.release()

    def _next_command(self, seconds: float) -> Command | None:
        try:
            return self._commands.get(timeout=seconds)
        except Empty:
            return None

    def _drain(self, *, grace_seconds: float, code: int) -> int:
        began = time.monotonic()
        logger.info("draining", extra={"running": self._executor.open, "graceSeconds": grace_seconds})
        # Before anything is given back, and before polling stops: what polls in flight bring goes back too.
        self._give_backs.keep()
        self._quarantine.close()
        self._poller.stop()
        self._executor.drain()
        if self._wait_for_handlers(began + grace_seconds):
            code = STOPPED_EXIT_CODE
        self._give_backs.let_go(0 if self._poller.ended else self._dependencies.policy.poll_wait_seconds + 1)
        gone_seconds = math.ceil(self._dependencies.stop.spent_seconds - self._dependencies.stop.grace_seconds) + 1
        for run in self._executor.runs():
            logger.warning(
                "left running when the grace period ended; another worker gets it",
                extra={**ids(run.delivery, run.job), "seconds": round(run.age(time.monotonic()), 1)},
            )
            self._settler.finished(run.delivery, self._returns.left(run.delivery, gone_seconds))
        if self._dependencies.job_logs is not None:
            self._dependencies.job_logs.flush(self._dependencies.stop.job_log_flush_seconds)
        settle_until = time.monotonic() + self._dependencies.stop.settle_flush_seconds
        left = self._settler.drain(self._dependencies.stop.settle_flush_seconds)
        if self._ends is not None:
            self._ends.close(max(0.0, settle_until - time.monotonic()))
        self._executor.close()
        if self._records is not None:
            self._records.close()
        self._dependencies.protection.close(1.0)
        seconds = time.monotonic() - began
        self._dependencies.observer.drained(seconds, left)
        logger.info("drained", extra={"seconds": round(seconds, 3), "left": left, "exitCode": code})
        return code

    def _wait_for_handlers(self, until: float) -> bool:
        """Until nothing runs (but hung handlers) and no poll is in flight, or the time is up. True when asked to stop now."""
        while time.monotonic() < until:
            # In this order: a hung handler that returns in between must not count as one that still works.
            still_open = self._executor.open
            stuck = sum(run.stuck for run in self._executor.runs())
            if self._poller.ended:
                self._give_backs.let_go()
                if still_open <= stuck:
                    return False
            self._tick()
            if self._next_command(DRAIN_TICK_SECONDS) is Command.STOP_NOW:
                logger.warning("second stop signal: stopping now")
                return True
        return False


class _WorkerControls:
    """Implements the quarantine's view of the consumer."""

    def __init__(self, slots: Slots, poller: Poller, executor: Executor) -> None:
        self._slots = slots
        self._poller = poller
        self._executor = executor

    @property
    def running(self) -> int:
        """Handlers at work; those that hang do not count."""
        still_open = self._executor.open  # before those that hang, as in the drain
        return max(0, still_open - sum(run.stuck for run in self._executor.runs()))

    @property
    def held(self) -> int:
        """Deliveries held, reservations of polls in flight included."""
        return self._slots.held

    def pause(self) -> None:
        """No poll starts from now on."""
        self._poller.pause(paused=True)
        self._executor.give_waiting_back()

    def submit(self, delivery: Delivery) -> None:
        """Runs it."""
        self._executor.submit(delivery)

    def give_back(self, delivery: Delivery, outcome: Release) -> None:
        """It has not run and will not."""
        self._executor.give_back(delivery, outcome)

    def condemn(self, delivery: Delivery) -> None:
        """To the dead-letter queue."""
        self._executor.condemn(delivery)
