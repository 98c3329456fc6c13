"""What is recorded of sending? Layer 3, wraps any `Sender`; called by the threads that call the sender, adds no call of its own.

A message that already carries a creation context (every job does: its attempt's span) keeps it. One without gets the send span's, which
then is the root or a child of the trace that its consumer will go on with: so the conventions ask.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from jobqueue.consumer.ports import Failure, QueueError
from jobqueue.messages.delivery import Attribute
from jobqueue.telemetry import names
from jobqueue.telemetry.calls import Operation, error_type_of, run
from jobqueue.telemetry.trace_headers import TRACEPARENT, creation_context, write_traceparent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jobqueue.consumer.ports import Sender
    from jobqueue.messages.outgoing import OutgoingMessage
    from jobqueue.telemetry.signals import Signals

MOST_ATTRIBUTES = 10
"""Of one message (SQS developer guide, "Amazon SQS message metadata"): a full one stays without a creation context."""
_ANY_CONTEXT = write_traceparent("1" * 32, "1" * 16, 1)


class TracedSender:
    """Implements `Sender` over another."""

    def __init__(self, inner: Sender, signals: Callable[[], Signals], server_address: str | None = None) -> None:
        self.name = inner.name
        self._inner = inner
        self._signals = signals
        self._send = Operation(names.SEND, inner.name, server_address)

    def refusal(self, message: OutgoingMessage) -> str | None:
        """See the port; counts the creation context that `send` would add."""
        return self._inner.refusal(_with_context(message, _ANY_CONTEXT) if _lacks_context(message) else message)

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Failure]:
        """See the port."""
        signals = self._signals()
        started = perf_counter()
        contexts = [creation_context(message.attributes) for message in messages]
        ours = any(_lacks_context(message) for message in messages)
        span = signals.open_call_span(
            self._send.name, "producer" if ours else "client", self._send.attributes_of(len(messages)), contexts
        )
        if ours and (header := signals.header_of(span)):
            messages = [_with_context(message, header) if _lacks_context(message) else message for message in messages]
        failures, error = run(lambda: self._inner.send(messages))
        error_type = error_type_of(failures, error)
        signals.close(span, error_type)
        self._send.took(signals, started, error_type)
        self._count(signals, len(messages), failures, error)
        if error is not None:
            raise error
        return failures

    def _count(self, signals: Signals, sent: int, failures: Sequence[Failure], error: QueueError | None) -> None:
        if error is not None:
            signals.sent.add(sent, self._send.counted(error.code))
            return
        if sent > len(failures):
            signals.sent.add(sent - len(failures), self._send.counted())
        for failure in failures:
            signals.sent.add(1, self._send.counted(failure.code))


def _lacks_context(message: OutgoingMessage) -> bool:
    return TRACEPARENT not in message.attributes and len(message.attributes) < MOST_ATTRIBUTES


def _with_context(message: OutgoingMessage, header: str) -> OutgoingMessage:
    return replace(message, attributes={**message.attributes, TRACEPARENT: Attribute(header)})
