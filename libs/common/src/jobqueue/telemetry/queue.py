"""The record of receiving and settling: wraps any `Queue`, is called by the threads that call the queue, adds no call of its own.

The span of a receive is made after it: an empty poll has none (twenty seconds of nothing, three times a minute for ever), and a
process that has not received anything yet need not have loaded OpenTelemetry. Settling spans have no links: the conventions leave them
optional, and they would cost every message a tenth of its telemetry to say again what its own span says.
"""

from __future__ import annotations

from functools import partial
from time import perf_counter, time_ns
from typing import TYPE_CHECKING

from jobqueue.telemetry import names
from jobqueue.telemetry.calls import Operation, error_type_of, watched
from jobqueue.telemetry.trace_headers import TraceParent, creation_context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jobqueue.consumer.ports import Failure, Queue, QueueError
    from jobqueue.messages.delivery import Delivery
    from jobqueue.telemetry.instruments import Instruments
    from jobqueue.telemetry.measurements import Measurements


class TracedQueue:
    """Implements `Queue` over another. `instruments` gives the loaded SDK, or None where it cannot be loaded; it is asked only after the first
    receive."""

    def __init__(
        self,
        inner: Queue,
        instruments: Callable[[], Instruments | None],
        measurements: Measurements,
        server_address: str | None = None,
    ) -> None:
        self.name = inner.name
        self._inner = inner
        self._instruments = instruments
        self._measurements = measurements
        self._receive = Operation(names.RECEIVE, inner.name, server_address)
        self._delete = Operation(names.DELETE, inner.name, server_address)
        self._change_visibility = Operation(names.CHANGE_VISIBILITY, inner.name, server_address)

    def receive(self, max_messages: int, wait_seconds: int) -> Sequence[Delivery]:
        """See the port."""
        return watched(
            lambda: self._inner.receive(max_messages, wait_seconds), partial(self._received, perf_counter(), time_ns())
        )

    def delete(self, deliveries: Sequence[Delivery]) -> Sequence[Failure]:
        """See the port."""
        return watched(lambda: self._inner.delete(deliveries), self._settled(self._delete, len(deliveries)))

    def change_visibility(self, deliveries: Sequence[tuple[Delivery, int]]) -> Sequence[Failure]:
        """See the port."""
        return watched(
            lambda: self._inner.change_visibility(deliveries), self._settled(self._change_visibility, len(deliveries))
        )

    def _received(
        self, started: float, started_ns: int, deliveries: Sequence[Delivery] | None, error: QueueError | None
    ) -> None:
        parents = [creation_context(delivery.attributes, delivery.trace_header) for delivery in deliveries or ()]
        self._record(self._receive, len(parents), parents, error_type_of((), error), started, started_ns)
        if deliveries:
            self._measurements.add(names.CONSUMED, len(deliveries), *self._receive.counted())
            waits = [delivery.queue_wait_seconds for delivery in deliveries if delivery.receives == 1]
            if waits:
                self._measurements.took(names.QUEUE_WAIT, max(waits), self.name)

    def _settled(
        self, operation: Operation, count: int
    ) -> Callable[[Sequence[Failure] | None, QueueError | None], None]:
        started, started_ns = perf_counter(), time_ns()

        def record(failures: Sequence[Failure] | None, error: QueueError | None) -> None:
            self._record(operation, count, (), error_type_of(failures or (), error), started, started_ns)

        return record

    def _record(
        self,
        operation: Operation,
        count: int,
        parents: Sequence[TraceParent | None],
        error_type: str | None,
        started: float,
        started_ns: int,
    ) -> None:
        operation.took(self._measurements, started, error_type)
        instruments = self._instruments()
        if instruments is not None and (count or error_type is not None):
            own = {names.BATCH_COUNT: count}
            instruments.call_span(operation.templates["client"], own, parents, error_type, started_ns=started_ns)
