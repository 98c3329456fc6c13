"""What is recorded of receiving and settling? Layer 3, wraps any `Queue`; called by the threads that call the queue, adds no call of its own.

The span of a receive is made after it: an empty poll has none (twenty seconds of nothing, three times a minute for ever), and a
process that has not received anything yet need not have loaded OpenTelemetry. Settling spans have no links: the conventions leave them
optional, and they would cost every message a tenth of its telemetry to say again what its own span says.
"""

from __future__ import annotations

from time import perf_counter, time_ns
from typing import TYPE_CHECKING

from jobqueue.consumer.ports import QueueError
from jobqueue.telemetry import names
from jobqueue.telemetry.calls import Operation, error_type_of, run
from jobqueue.telemetry.trace_headers import TraceParent, creation_context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jobqueue.consumer.ports import Failure, Queue
    from jobqueue.messages.delivery import Delivery
    from jobqueue.telemetry.signals import Signals


class TracedQueue:
    """Implements `Queue` over another. `signals` gives the loaded SDK; it is asked only after the first receive."""

    def __init__(self, inner: Queue, signals: Callable[[], Signals], server_address: str | None = None) -> None:
        self.name = inner.name
        self._inner = inner
        self._signals = signals
        self._receive = Operation(names.RECEIVE, inner.name, server_address)
        self._delete = Operation(names.DELETE, inner.name, server_address)
        self._wait_attributes = {names.DESTINATION: inner.name}
        self._hide = Operation(names.HIDE, inner.name, server_address)

    def receive(self, most: int, wait_seconds: int) -> Sequence[Delivery]:
        """See the port."""
        started_ns, started = time_ns(), perf_counter()
        deliveries: Sequence[Delivery] = ()
        error: QueueError | None = None
        try:
            deliveries = self._inner.receive(most, wait_seconds)
        except QueueError as failure:
            error = failure
        signals = self._signals()
        parents = [creation_context(delivery.attributes, delivery.trace_header) for delivery in deliveries]
        self._record(signals, self._receive, len(deliveries), parents, error_type_of((), error), started, started_ns)
        if error is not None:
            raise error
        if deliveries:
            signals.consumed.add(len(deliveries), self._receive.counted())
            waits = [delivery.queue_wait_seconds for delivery in deliveries if delivery.receive_count == 1]
            if waits:
                signals.queue_wait.record(max(waits), self._wait_attributes)
        return deliveries

    def delete(self, deliveries: Sequence[Delivery]) -> Sequence[Failure]:
        """See the port."""
        return self._settle(self._delete, len(deliveries), lambda: self._inner.delete(deliveries))

    def hide(self, deliveries: Sequence[tuple[Delivery, int]]) -> Sequence[Failure]:
        """See the port."""
        return self._settle(self._hide, len(deliveries), lambda: self._inner.hide(deliveries))

    def _settle(self, operation: Operation, count: int, call: Callable[[], Sequence[Failure]]) -> Sequence[Failure]:
        started_ns, started = time_ns(), perf_counter()
        failures, error = run(call)
        self._record(self._signals(), operation, count, (), error_type_of(failures, error), started, started_ns)
        if error is not None:
            raise error
        return failures

    @staticmethod
    def _record(
        signals: Signals,
        operation: Operation,
        count: int,
        parents: Sequence[TraceParent | None],
        error_type: str | None,
        started: float,
        started_ns: int,
    ) -> None:
        operation.took(signals, started, error_type)
        if count or error_type is not None:
            attributes = operation.attributes_of(count)
            signals.call_span(operation.name, "client", attributes, parents, error_type, started_ns=started_ns)
