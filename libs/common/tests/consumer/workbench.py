"""Helpers of the consumer's tests: deliveries, a settler that a test turns by hand, and a whole consumer that a test runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Event, Thread
from typing import Any, Self

from jobqueue.consumer.catalogue import Catalogue
from jobqueue.consumer.consumer import Consumer, ConsumerDependencies
from jobqueue.consumer.leases import Lease
from jobqueue.consumer.policy import ConsumerPolicy, StopPolicy
from jobqueue.consumer.ports import Failure, JobLogs
from jobqueue.consumer.record_keeper import AfterEnd
from jobqueue.consumer.routes import Routes, Senders
from jobqueue.consumer.settle_calls import NO_RECORDS, Call, RecordWrites, Step
from jobqueue.consumer.settler import Settler
from jobqueue.consumer.slots import Slots
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.history import HISTORY, History
from jobqueue.messages.job_id import derive_job_id, new_job_id
from jobqueue.messages.outcome import Outcome, Reject
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.testing import (
    InMemoryEventBus,
    InMemoryJobRecords,
    InMemoryQueue,
    InMemorySender,
    ManualClock,
    RecordingHeartbeat,
    RecordingJobLogs,
    RecordingObserver,
    RecordingTaskProtection,
)

WAIT_SECONDS = 5.0
SENT_MS = 1_767_225_600_000
_numbers = count()
UNSENDABLE = Reject("unsendable", OutgoingMessage("unsendable"))


def a_delivery(
    body: str = '{"trigger":"test"}',
    *,
    receive_count: int = 1,
    attributes: dict[str, Attribute] | None = None,
    received_at: float = 1_000.0,
    attempt: int = 1,
) -> Delivery:
    """A delivery; with an `attempt` beyond the first, a copy whose history counts those before."""
    history = History(message_id="m-1", sent_ms=SENT_MS, receives=attempt - 1, attempts=attempt - 1)
    ours = {HISTORY: Attribute(history.write())} if attempt > 1 else {}
    return Delivery(
        queue="jobs",
        message_id="m-1",
        receipt="r-1",
        body=body,
        receive_count=receive_count,
        sent_ms=SENT_MS,
        received_at=received_at,
        received_ms=SENT_MS + 1_000,
        attributes={**(attributes or {}), **ours},
    )


def a_job_id() -> str:
    """A new job id, as old as the deliveries made here."""
    return derive_job_id("jobs", str(next(_numbers)), SENT_MS)


def a_job(job_type: str = "work", data: dict[str, Any] | None = None, **fields: Any) -> str:
    """The body of a background job."""
    return json.dumps({"jobId": a_job_id(), "jobType": job_type, "version": 1, "data": data or {}, **fields})


def quick(**changes: Any) -> ConsumerPolicy:
    """A policy that waits for nothing."""
    return replace(
        ConsumerPolicy(
            receive_linger_seconds=0, send_linger_seconds=0, settle_linger_seconds=0, poll_wait_seconds=20, max_polls=1
        ),
        **changes,
    )


class HandCranked:
    """A settler without threads: `turn` is one turn of its loop; time is the clock's.

    `calls` are in flight until the test answers them; a call that is not answered hangs, and goes on doing so once the settler gave it up.
    """

    def __init__(self, policy: ConsumerPolicy | None = None, records: RecordWrites = NO_RECORDS) -> None:
        self.clock = ManualClock()
        self.policy = policy or quick()
        self.dead_letters = InMemoryQueue("dead-letters", clock=self.clock)
        self.next_jobs = InMemoryQueue("next-jobs", clock=self.clock)
        self.queue = InMemoryQueue(clock=self.clock, lease_seconds=self.policy.lease_seconds)
        self.reports = InMemoryQueue("reports", clock=self.clock)
        self.sender = InMemorySender(self.next_jobs)
        self.letters = InMemorySender(self.dead_letters)
        self.again = InMemorySender(self.queue)
        self.slots = Slots(running=1_000, held=1_000)
        self.observer = RecordingObserver()
        self.told_lost: list[Delivery] = []
        self.calls: list[Call] = []
        self.settler = Settler(
            queue=self.queue,
            senders=self._senders,
            dead_letters=self.letters,
            again=self.again,
            policy=self.policy,
            slots=self.slots,
            observer=self.observer,
            lease_lost=self.told_lost.append,
            refused=self._refused,
            records=records,
            now=self.clock.now,
        )
        self._records = records
        self.settler._callers = dict.fromkeys(self.settler._callers, self)  # type: ignore[arg-type]

    @property
    def _senders(self) -> Senders:
        return Senders({"": self.sender, "reports": InMemorySender(self.reports)}, Routes())

    def submit(self, call: Call) -> None:
        """Takes a call in place of the callers' threads."""
        self.calls.append(call)

    @property
    def awaited(self) -> Sequence[Call]:
        """Calls whose answer the settler waits for."""
        return [call for call in self.calls if not call.given_up]

    @property
    def leases(self) -> Sequence[Lease]:
        return list(self.settler._leases)

    def receive(self, count: int = 1) -> list[Delivery]:
        """Puts messages, receives them and hands them to the settler."""
        for _ in range(count):
            self.queue.put("{}")
        assert self.slots.reserve(count, wait_seconds=0, linger_seconds=0) == count
        deliveries = list(self.queue.receive(count, 0))
        assert len(deliveries) == count
        self.settler.taken(deliveries)
        self.turn()
        return deliveries

    def finish(self, delivery: Delivery, outcome: Outcome) -> None:
        self.slots.finished()
        self.settler.finished(delivery, outcome)
        self.turn()

    def turn(self) -> None:
        self.settler._turn(0.0)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.turn()

    def answer(self, call: Call | None = None) -> Step:
        """Makes the oldest call in flight, or this one, and hands its answer to the settler; gives its step."""
        call = call or self.calls[0]
        self.calls.remove(call)
        call.run(self.queue, self._senders, self.letters, self.again, self._records)
        self.settler._answered(call)
        self.turn()
        return call.step

    def until_quiet(self) -> list[Step]:
        """Answers until nothing is in flight or waits, letting time pass where only time helps; gives the steps that were made."""
        steps: list[Step] = []
        for _ in range(500):
            while self.calls:
                steps.append(self.answer())
            if all(lease.outcome is None for lease in self.leases):
                return steps
            self.advance(0.25)
        raise AssertionError(f"never quiet: {self.leases}")

    def _refused(self, delivery: Delivery, outcome: Outcome | None, step: Step, failure: Failure) -> Outcome:
        return UNSENDABLE


@dataclass
class Worker:
    """A whole consumer in a thread of its own. `with Worker(...)` starts it and stops it whatever happened; `end` waits for its exit code.

    `draining` is set once it has begun to drain.
    """

    catalogue: Catalogue
    policy: ConsumerPolicy = field(default_factory=quick)
    stop: StopPolicy = field(default_factory=StopPolicy)
    job_logs: JobLogs | None = None
    observer: RecordingObserver = field(default_factory=RecordingObserver)
    queue: InMemoryQueue = field(default_factory=InMemoryQueue)
    heartbeat: RecordingHeartbeat = field(default_factory=RecordingHeartbeat)
    records: InMemoryJobRecords | None = None
    record_triggers: bool = False
    after: Sequence[AfterEnd] = ()
    event_bus: InMemoryEventBus | None = None

    def __post_init__(self) -> None:
        self.dead_letters = InMemoryQueue("dead-letters")
        self.next_jobs = InMemoryQueue("next-jobs")
        self.sender = InMemorySender(self.next_jobs)
        self.protection = RecordingTaskProtection()
        self.exit_code: int | None = None
        self.consumer = Consumer(
            ConsumerDependencies(
                queue=self.queue,
                dead_letters=InMemorySender(self.dead_letters),
                again=InMemorySender(self.queue),
                senders=Senders({"next-jobs": self.sender}, Routes(default="next-jobs")),
                catalogue=self.catalogue,
                policy=self.policy,
                stop=self.stop,
                observer=self.observer,
                job_logs=self.job_logs,
                protection=self.protection,
                heartbeat=self.heartbeat,
                records=self.records,
                steps=None if self.records is None else self.records.steps,
                unique_keys=self.records,
                batches=None if self.records is None else self.records.batches,
                record_triggers=self.record_triggers,
                after=self.after,
                event_bus=self.event_bus,
                service="test",
                version="0",
            )
        )
        self.draining = Event()
        stop_polling = self.consumer._poller.stop

        def stop_and_say_so() -> None:
            stop_polling()
            self.draining.set()

        self.consumer._poller.stop = stop_and_say_so  # type: ignore[method-assign]
        self._thread = Thread(target=self._run, name="consumer", daemon=True)

    def _run(self) -> None:
        self.exit_code = self.consumer.run()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.queue.close()
        self.consumer.stop_now()
        self._thread.join(WAIT_SECONDS)

    def drained(self) -> int:
        """Tells it to drain, and waits for the exit code. Polls in flight end, as if the long poll were over."""
        self.consumer.drain()
        self.queue.close()
        return self.end()

    @property
    def slots(self) -> tuple[int, int]:
        """Jobs that run, and deliveries that are held."""
        return self.consumer._slots.running, self.consumer._slots.held

    def end(self) -> int:
        """Waits for the exit code."""
        self._thread.join(WAIT_SECONDS)
        assert self.exit_code is not None, "the consumer did not end"
        return self.exit_code


def recorded(logs: RecordingJobLogs, event: str) -> list[dict[str, object]]:
    """The fields of one kind of event, of all jobs."""
    return [dict(one.fields) for one in logs.events.all() if one.fields.get("event") == event]


def put_jobs(queue: InMemoryQueue, count: int, job_type: str = "work") -> None:
    for _ in range(count):
        queue.put(json.dumps({"jobId": new_job_id(), "jobType": job_type, "version": 1, "data": {}}))
