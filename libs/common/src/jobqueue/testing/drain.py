"""A service's jobs tested without AWS: the real consumer over in-memory queues until nothing is left, then its orderly stop.

    queue = InMemoryQueue()
    put_job(queue, "send-report", {"customer": "acme", "month": "2026-01"})
    assert drain(catalogue, queue).completions == [{"pages": 3}]

What happens is what happens in production: decoding, validation, the handler on a worker thread, retries, dead letters. Only the waiting is left
out: a message that is hidden for a retry or released comes again at once. Called in the test's thread; ends every thread that it starts.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Condition, Thread
from types import EllipsisType
from typing import TYPE_CHECKING, Any

import msgspec

from jobqueue.consumer.consumer import Consumer, ConsumerDependencies
from jobqueue.consumer.leases import MAX_HIDDEN_SECONDS
from jobqueue.consumer.policy import ConsumerPolicy, StopPolicy
from jobqueue.consumer.resources import Resources
from jobqueue.consumer.routes import Senders
from jobqueue.messages.dead_letter import ERROR, REASON
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.envelope import write_envelope
from jobqueue.messages.history import HISTORY, read_history
from jobqueue.messages.job import Job, Origin
from jobqueue.messages.job_id import new_job_id
from jobqueue.messages.json import JsonObject, read_object, write_object
from jobqueue.testing.in_memory_job_records import InMemoryJobRecords
from jobqueue.testing.in_memory_queue import InMemoryQueue
from jobqueue.testing.in_memory_sender import InMemorySender
from jobqueue.testing.recording import Recording
from jobqueue.testing.recording_job_logs import RecordingJobLogs
from jobqueue.testing.recording_observer import RecordingObserver
from jobqueue.testing.recording_platform import RecordingHeartbeat, RecordingTaskProtection

if TYPE_CHECKING:
    from jobqueue.consumer.catalogue import Catalogue
    from jobqueue.consumer.ports import Failure
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.outgoing import OutgoingMessage

LOOK_SECONDS = 0.02
"""How often an idle poll looks again for what others may have put into the queue."""

_RUNTIME_FIELDS = frozenset({"event", "seconds"})


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message in the dead-letter queue. `reason` and `error` are what the worker gave; empty where SQS itself moved the message."""

    reason: str
    error: str
    body: str
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True)
class Drained:
    """What came of it. `queues` holds what was sent on, by the names that routes have for them, and `next_jobs` what has no route of its own;
    `job_logs` and `observer` everything that was written and reported.

    `sent_messages` is what was sent on, with the name of its queue, also where it has been received since.
    """

    next_jobs: InMemoryQueue
    queues: Mapping[str, InMemoryQueue]
    dead_letter_queue: InMemoryQueue
    job_logs: RecordingJobLogs
    observer: RecordingObserver
    sent_messages: Recording[tuple[str, OutgoingMessage]]

    @property
    def outcomes(self) -> list[str]:
        """`done`, `retry`, `reject`, `cancelled`, `duplicate` or `release` for each delivery, in the order in which they were settled."""
        return [fact.outcome.word for fact in self.observer.named("settled") if fact.outcome is not None]

    @property
    def completions(self) -> list[dict[str, object]]:
        """What the handler of each completed job gave to `context.complete`."""
        fields = [event.fields for event in self.job_logs.events.all() if event.fields.get("event") == "job.completed"]
        return [{name: value for name, value in one.items() if name not in _RUNTIME_FIELDS} for one in fields]

    @property
    def logged(self) -> list[str]:
        """The messages that handlers wrote to `context.log`, of all jobs and attempts."""
        return [event.message for event in self.job_logs.events.all() if not _is_ours(event.level, event.fields)]

    @property
    def sent(self) -> list[JsonObject]:
        """The bodies of the jobs that were sent on: those that follow triggers, and those that handlers sent with `context.send_job`."""
        return [read_object(message.body) for _, message in self.sent_messages.all()]

    def sent_to(self, queue: str) -> list[JsonObject]:
        """Those that were sent to the queue of this name."""
        return [read_object(message.body) for name, message in self.sent_messages.all() if name == queue]

    @property
    def dead_letters(self) -> list[DeadLetter]:
        """What was dead-lettered."""
        return [
            DeadLetter(_text(kept.attributes, REASON), _text(kept.attributes, ERROR), kept.body, kept.attributes)
            for kept in self.dead_letter_queue.stored()
        ]


def drain(
    catalogue: Catalogue,
    queue: InMemoryQueue,
    *,
    next_jobs: InMemoryQueue | None = None,
    policy: ConsumerPolicy | None = None,
    seconds: float = 10.0,
    settings: object = None,
    resources: object = ...,
    records: InMemoryJobRecords | None = None,
) -> Drained:
    """Runs the catalogue's handlers until `queue` is empty: every message done or dead-lettered. Blocks; `queue` can be filled and drained again.

    What is sent on goes where the catalogue's `routes` say: to a queue of that name in `queues`, to `queue` itself where it has that name; what has
    no route of its own goes to `next_jobs`. Pass one of them to another `drain` to go on from there. Without routes, `next_jobs=queue` stands for a
    service that sends jobs to its own queue. Dead letters go to the queue's own `dead_letters`, where it has one. `policy` is for tests of attempts
    and timeouts; its lease and lingers do not count here. A handler should end within half a minute, the in-memory queue's own lease. Handlers see
    `settings` and `resources` in their context; with `settings` alone, the catalogue's own resources are opened with these, and closed at the end.
    With `records` a record is kept of each job, its steps are remembered, its unique key counts, and its batches are joined.

    Raises:
        TimeoutError: messages are left after `seconds`; handlers that still run are left running.
    """
    routes = catalogue.routes
    if routes.default is None:
        routes = replace(routes, default="next-jobs" if next_jobs is None else next_jobs.name)
    queues = {name: queue if name == queue.name else InMemoryQueue(name) for name in routes.queues}
    default = str(routes.default)
    if next_jobs is not None:  # an empty queue is false
        queues[default] = next_jobs
    drained = Drained(
        next_jobs=queues[default],
        queues=queues,
        dead_letter_queue=InMemoryQueue("dead-letters") if queue.dead_letters is None else queue.dead_letters,
        job_logs=RecordingJobLogs(),
        observer=RecordingObserver(),
        sent_messages=Recording(),
    )
    impatient = _Impatient(queue)
    opened = Resources.of(None if resources is ... else resources)
    if resources is ... and settings is not None:
        opened = Resources(catalogue.resources, settings)
    consumer = Consumer(
        ConsumerDependencies(
            queue=impatient,
            dead_letters=InMemorySender(drained.dead_letter_queue),
            again=_AgainAtOnce(queue),
            senders=Senders(
                {name: _ImpatientSender(name, to, drained.sent_messages) for name, to in queues.items()}, routes
            ),
            catalogue=catalogue,
            policy=_without_waiting(policy or ConsumerPolicy()),
            stop=StopPolicy(),
            observer=drained.observer,
            job_logs=drained.job_logs,
            protection=RecordingTaskProtection(),
            heartbeat=RecordingHeartbeat(),
            service="test",
            version="0",
            settings=settings,
            resources=opened,
            records=records,
            steps=None if records is None else records.steps,
            unique_keys=records,
            batches=None if records is None else records.batches,
        )
    )
    with opened:
        thread = Thread(target=consumer.run, name="drain", daemon=True)
        thread.start()
        try:
            queue.wait_until_empty(seconds)
        except TimeoutError:
            consumer.stop_now()
            raise
        finally:
            consumer.drain()
            impatient.stop()
            thread.join()
    return drained


def put_trigger(queue: InMemoryQueue, trigger: str, data: JsonObject | None = None, **fields: Any) -> str:
    """Puts a trigger as a producer would; `fields` are further ones of its body (`triggerBackgroundJob=False`). Gives the MessageId."""
    return queue.put(write_object({"trigger": trigger, **({} if data is None else {"data": data}), **fields}))


def put_job(
    queue: InMemoryQueue,
    job_type: str,
    data: JsonObject | None = None,
    *,
    main_job_result: JsonObject | EllipsisType | None = ...,
) -> str:
    """Puts a background job as the shipped main job would, for a trigger whose data is `data`. Gives the job id.

    `main_job_result` is what the main job's handler returned; by default, what the shipped one for triggers without a handler of their own returns.
    """
    data = data or {}
    if isinstance(main_job_result, EllipsisType):
        main_job_result = {"trigger": "test", "fields": sorted(data)}
    trigger: JsonObject = {"trigger": "test", "jobType": job_type, "data": data}
    origin = Origin(write_object(trigger))
    job = Job(new_job_id(), "test", "test", data, trigger, lambda: origin)
    message = write_envelope(job, job_type, write_object(main_job_result), {})
    queue.put(message.body, message.attributes)
    return job.job_id


class _ImpatientSender(InMemorySender):
    """Remembers what it sent, and sends without delay."""

    def __init__(self, name: str, queue: InMemoryQueue, sent: Recording[tuple[str, OutgoingMessage]]) -> None:
        super().__init__(queue)
        self._queue_name = name
        self._sent = sent

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Failure]:
        """See the port."""
        failures = super().send([replace(message, delay_seconds=0) for message in messages])
        failed = {failure.index for failure in failures}
        for index, message in enumerate(messages):
            if index not in failed:
                self._sent.add((self._queue_name, message))
        return failures


class _Impatient:
    """The queue as the consumer sees it: what is hidden comes back at once, and a poll ends when the test does."""

    def __init__(self, queue: InMemoryQueue) -> None:
        self.name = queue.name
        self._queue = queue
        self._changed = Condition()
        self._stopped = False

    def receive(self, max_messages: int, wait_seconds: int) -> Sequence[Delivery]:
        """See the port."""
        until = time.monotonic() + wait_seconds
        with self._changed:
            while not (received := self._queue.receive(max_messages, 0)):
                if self._stopped or time.monotonic() >= until:
                    break
                self._changed.wait(LOOK_SECONDS)
        # Leases go by the machine's clock, whatever the queue's.
        return [replace(delivery, received_at=time.monotonic()) for delivery in received]

    def delete(self, deliveries: Sequence[Delivery]) -> Sequence[Failure]:
        """See the port."""
        return self._queue.delete(deliveries)

    def change_visibility(self, deliveries: Sequence[tuple[Delivery, int]]) -> Sequence[Failure]:
        """See the port. With the policy below this is never a renewal."""
        failures = self._queue.change_visibility([(delivery, 0) for delivery, _ in deliveries])
        with self._changed:
            self._changed.notify_all()
        return failures

    def stop(self) -> None:
        """Polls return what there is."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()


class _AgainAtOnce(InMemorySender):
    """What goes back as a copy comes at once, too."""

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Failure]:
        """See the port."""
        return super().send([_at_once(message) for message in messages])


def _at_once(message: OutgoingMessage) -> OutgoingMessage:
    history = read_history(message.attributes[HISTORY].value)
    if history is None:
        return message
    history = msgspec.structs.replace(history, held_until_ms=0)
    return replace(message, delay_seconds=0, attributes={**message.attributes, HISTORY: Attribute(history.write())})


def _without_waiting(policy: ConsumerPolicy) -> ConsumerPolicy:
    """A lease so long that it is never renewed, so that all hiding is a retry or a release."""
    return replace(
        policy,
        lease_seconds=MAX_HIDDEN_SECONDS,
        receive_linger_seconds=0.0,
        send_linger_seconds=0.0,
        settle_linger_seconds=0.0,
    )


def _is_ours(level: str, fields: Mapping[str, object]) -> bool:
    return level == "finish" or fields.get("event") in (
        "job.started",
        "job.completed",
        "job.retried",
        "job.failed",
        "job.cancelled",
        "job.duplicate",
    )


def _text(attributes: Mapping[str, Attribute], name: str) -> str:
    attribute = attributes.get(name)
    return str(attribute.value) if attribute is not None else ""
