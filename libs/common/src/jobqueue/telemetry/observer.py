"""The observer that records the consumer's events. Any thread. Imports nothing of OpenTelemetry by itself.

Every method returns at once, but for the very first attempt of a process, which waits where the SDK is still being loaded (`setup.py`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from jobqueue.messages.outcome import Cancelled, Duplicate, Outcome, Reject
from jobqueue.telemetry import names
from jobqueue.telemetry.harmless import Harmless, harmless
from jobqueue.telemetry.passive import PassiveAttempt
from jobqueue.telemetry.span_template import SpanTemplate
from jobqueue.telemetry.trace_headers import creation_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobqueue.consumer.ports import Attempt
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.job import Job
    from jobqueue.telemetry.instruments import Instruments
    from jobqueue.telemetry.measurements import Measurements
    from jobqueue.telemetry.trace_headers import TraceParent


class OtelObserver(Harmless):
    """Implements `Observer` for one queue. `instruments` gives the loaded SDK, or None where it cannot be loaded, and blocks while it is loading."""

    def __init__(self, instruments: Callable[[], Instruments | None], measurements: Measurements, queue: str) -> None:
        self._instruments = instruments
        self._measurements = measurements
        self._queue = queue
        always: dict[str, str | int] = {
            names.SYSTEM: names.SQS,
            names.OPERATION_NAME: names.PROCESS.operation,
            names.OPERATION_TYPE: names.PROCESS.operation_type,
            names.DESTINATION: queue,
        }
        self._template = SpanTemplate(
            names.PROCESS.of(queue), "consumer", always | {names.AWS_SPAN_KIND: names.LOCAL_ROOT}
        )
        measurements.start_heartbeat(queue)

    def attempt(self, delivery: Delivery, job: Job, *, known_type: bool) -> Attempt:
        """See the port. In metrics a type from outside is `_OTHER`; on the span it is itself."""
        parent = creation_context(delivery.attributes, delivery.trace_header)
        attempt = harmless(None, self._attempt, delivery, job, parent, known_type=known_type)
        return PassiveAttempt(parent) if attempt is None else attempt

    def _attempt(self, delivery: Delivery, job: Job, parent: TraceParent | None, *, known_type: bool) -> Attempt | None:
        instruments = self._instruments()
        if instruments is None:
            return None
        own: dict[str, str | int] = {
            names.MESSAGE_ID: delivery.message_id,
            names.CONVERSATION_ID: job.correlation_id,
            names.JOB_ID: job.job_id,
            names.JOB_TYPE: job.type,
            names.ATTEMPT: delivery.attempt,
        }
        tell = partial(self._ended, job.type if known_type else names.OTHER)
        return instruments.attempt(self._template, parent, own, tell)

    def undecodable(self, delivery: Delivery, error: BaseException, outcome: Outcome) -> None:
        """See the port. It gets a span too, so that the producer's trace shows what became of its message."""
        instruments = self._instruments()
        if instruments is None:
            return
        own: dict[str, str | int] = {names.MESSAGE_ID: delivery.message_id, names.ATTEMPT: delivery.attempt}
        parent = creation_context(delivery.attributes, delivery.trace_header)
        failure = instruments.refused(self._template, parent, own, outcome, error)
        self._measure(names.OTHER, failure, 0.0)

    def settled(self, delivery: Delivery, outcome: Outcome, seconds: float) -> None:
        """See the port. Only rejects, whose dead letter is confirmed by then, cancelled jobs and duplicates are counted here."""
        if isinstance(outcome, Reject):
            self._measurements.add(names.REJECTS, 1, self._queue, outcome.reason)
        elif isinstance(outcome, Cancelled):
            self._measurements.add(names.CANCELLED, 1, self._queue)
        elif isinstance(outcome, Duplicate):
            self._measurements.add(names.DUPLICATES, 1, self._queue)

    def lease_lost(self, delivery: Delivery) -> None:
        """See the port."""
        self._measurements.add(names.LEASES_LOST, 1, self._queue)

    def settle_failed(self, operation: str, code: str, count: int) -> None:
        """See the port."""
        self._measurements.add(names.SETTLE_FAILURES, count, self._queue, operation, code)

    def events_sent(self, count: int) -> None:
        """See the port."""
        self._measurements.add(names.EVENTS_SENT, count, self._queue)

    def events_lost(self, count: int) -> None:
        """See the port."""
        self._measurements.add(names.EVENTS_LOST, count, self._queue)

    def poll_failed(self, code: str) -> None:
        """See the port."""
        self._measurements.add(names.POLL_FAILURES, 1, self._queue, code)

    def stuck(self, delivery: Delivery, job: Job, seconds: float) -> None:
        """See the port."""
        self._measurements.add(names.TIMEOUTS, 1, self._queue)

    def drained(self, seconds: float, left: int) -> None:
        """See the port."""
        self._measurements.add(names.LEFT, left, self._queue)
        self._measurements.took(names.DRAIN_DURATION, seconds, self._queue)

    def watch(self, *, slots_in_use: Callable[[], int], slots_stuck: Callable[[], int]) -> None:
        """See the port."""
        self._measurements.watch(self._queue, slots_in_use, slots_stuck)

    def job_log_overflowed(self, count: int) -> None:
        """`count` events went to the task's overflow stream."""
        self._measurements.add(names.LOG_OVERFLOWED, count, self._queue)

    def job_log_undelivered(self, count: int) -> None:
        """`count` events went to stdout because nothing confirmed them."""
        self._measurements.add(names.LOG_UNDELIVERED, count, self._queue)

    def _ended(self, job_type: str, word: str, failure: str | None, seconds: float) -> None:
        self._measurements.add(names.ATTEMPTS, 1, self._queue, job_type, word)
        self._measure(job_type, failure, seconds)

    def _measure(self, job_type: str, failure: str | None, seconds: float) -> None:
        self._measurements.took(
            names.PROCESS_DURATION,
            seconds,
            names.SQS,
            names.PROCESS.operation,
            self._queue,
            failure or "",
            job_type,
        )
