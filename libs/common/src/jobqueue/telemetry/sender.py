"""The record of sending: wraps any `Sender`, is called by the threads that call the sender, adds no call of its own.

A message that already carries a creation context (every job does: its attempt's span) keeps it. One without gets the send span's, which
then is the root or a child of the trace that its consumer will go on with: so the conventions ask. A dead letter is never given one: it is
what came, and comes back as that.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from jobqueue.messages.delivery import Attribute
from jobqueue.messages.limits import MAX_ATTRIBUTES
from jobqueue.telemetry import names
from jobqueue.telemetry.calls import Operation, error_type_of, watched
from jobqueue.telemetry.harmless import harmless
from jobqueue.telemetry.trace_headers import TRACEPARENT, creation_context, write_traceparent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry.trace import Span

    from jobqueue.consumer.ports import Failure, QueueError, Sender
    from jobqueue.messages.outgoing import OutgoingMessage
    from jobqueue.telemetry.instruments import Instruments
    from jobqueue.telemetry.measurements import Measurements

_ANY_CONTEXT = write_traceparent("1" * 32, "1" * 16, 1)


class TracedSender:
    """Implements `Sender` over another. `instruments` gives the loaded SDK, or None where it cannot be loaded. `letters`: sends dead letters, which
    keep what came."""

    def __init__(
        self,
        inner: Sender,
        instruments: Callable[[], Instruments | None],
        measurements: Measurements,
        server_address: str | None = None,
        *,
        letters: bool = False,
    ) -> None:
        self.name = inner.name
        self._inner = inner
        self._instruments = instruments
        self._measurements = measurements
        self._letters = letters
        self._send = Operation(names.SEND, inner.name, server_address)

    def refusal(self, message: OutgoingMessage) -> str | None:
        """See the port; counts the creation context that `send` would add."""
        return self._inner.refusal(_with_context(message, _ANY_CONTEXT) if self._lacks_context(message) else message)

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Failure]:
        """See the port."""
        opened = harmless(None, self._opened, messages)
        if opened is None:
            return self._inner.send(messages)
        instruments, span, prepared = opened
        record = partial(self._sent, instruments, span, perf_counter(), len(messages))
        return watched(lambda: self._inner.send(prepared), record)

    def _opened(
        self, messages: Sequence[OutgoingMessage]
    ) -> tuple[Instruments, Span, Sequence[OutgoingMessage]] | None:
        """Starts the span; the messages as they are to be sent."""
        instruments = self._instruments()
        if instruments is None:
            return None
        contexts = [creation_context(message.attributes, message.trace_header) for message in messages]
        ours = any(self._lacks_context(message) for message in messages)
        template = self._send.templates["producer" if ours else "client"]
        span = instruments.open_call_span(template, {names.BATCH_COUNT: len(messages)}, contexts)
        if ours and (header := instruments.header_of(span)):
            messages = [
                _with_context(message, header) if self._lacks_context(message) else message for message in messages
            ]
        return instruments, span, messages

    def _sent(
        self,
        instruments: Instruments,
        span: Span,
        started: float,
        count: int,
        failures: Sequence[Failure] | None,
        error: QueueError | None,
    ) -> None:
        failures = failures or ()
        error_type = error_type_of(failures, error)
        instruments.close(span, error_type)
        self._send.took(self._measurements, started, error_type)
        self._count(count, failures, error)

    def _count(self, sent: int, failures: Sequence[Failure], error: QueueError | None) -> None:
        add = partial(self._measurements.add, names.SENT)
        if error is not None:
            add(sent, *self._send.counted(error.code))
            return
        if sent > len(failures):
            add(sent - len(failures), *self._send.counted())
        for failure in failures:
            add(1, *self._send.counted(failure.code))

    def _lacks_context(self, message: OutgoingMessage) -> bool:
        if self._letters or len(message.attributes) >= MAX_ATTRIBUTES:  # a full one stays without a creation context
            return False
        return TRACEPARENT not in message.attributes and message.trace_header is None


def _with_context(message: OutgoingMessage, header: str) -> OutgoingMessage:
    return replace(message, attributes={**message.attributes, TRACEPARENT: Attribute(header)})
