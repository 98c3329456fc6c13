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
    from jobqueue.telemetry.signals import Signals


class TracedQueue:
    """Implements `Queue` over another. `signals` gives the loaded SDK, or None where it cannot be loaded; it is asked only after the first
    receive."""

    def __init__(self, inner: Queue, signals: Callable[[], Signals | None], server_address: str | None = None) -> None:
        self.name = inner.name
        self._inner = inner
        self._signals = signals
        self._receive = Operation(names.RECEIVE, inner.name, server_address)
        self._delete = Operation(names.DELETE, inner.name, server_address)
        self._wait_attributes = {names.DESTINATION: inner.name}
        self._hide = Operation(names.HIDE, inner.name, server_address)

    def receive(self, most: int, wait_seconds: int) -> Sequence[Delivery]:
        """See the port."""
        return watched(
            lambda: self._inner.receive(most, wait_seconds), partial(self._received, perf_counter(), time_ns())
        )

    def delete(self, deliveries: Sequence[Delivery]) -> Sequence[Failure]:
        """See the port."""
        return watched(lambda: self._inner.delete(deliveries), self._settled(self._delete, len(deliveries)))

    def hide(self, deliveries: Sequence[tuple[Delivery, int]]) -> Sequence[Failure]:
        """See the port."""
        return watched(lambda: self._inner.hide(deliveries), self._settled(self._hide, len(deliveries)))

    def _received(
        self, started: float, started_ns: int, deliveries: Sequence[Delivery] | None, error: QueueError | None
    ) -> None:
        signals = self._signals()
        if signals is None:
            return
        parents = [creation_context(delivery.attributes, delivery.trace_header) for delivery in deliveries or ()]
        _record(signals, self._receive, len(parents), parents, error_type_of((), error), started, started_ns)
        if deliveries:
            signals.consumed.add(len(deliveries), self._receive.counted())
            waits = [delivery.queue_wait_seconds for delivery in deliveries if delivery.receives == 1]
            if waits:
                signals.queue_wait.record(max(waits), self._wait_attributes)

    def _settled(
        self, operation: Operation, count: int
    ) -> Callable[[Sequence[Failure] | None, QueueError | None], None]:
        started, started_ns = perf_counter(), time_ns()

        def record(failures: Sequence[Failure] | None, error: QueueError | None) -> None:
            signals = self._signals()
            if signals is not None:
                _record(signals, operation, count, (), error_type_of(failures or (), error), started, started_ns)

        return record


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
