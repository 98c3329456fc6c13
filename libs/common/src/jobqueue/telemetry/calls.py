"""The record of one call to a queue; shared by the traced queue and the traced sender, any thread.

Attributes are built once per operation, not per call. `aws.request_id`, `aws.sqs.queue.url` and `network.peer.*` are only recommended, and
left out: nothing of AWS's calls crosses the ports, and a queue's URL names the account.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from jobqueue.consumer.ports import Failure, QueueError
from jobqueue.telemetry import names
from jobqueue.telemetry.harmless import harmless
from jobqueue.telemetry.span_template import SpanTemplate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jobqueue.telemetry.measurements import Measurements

Answer = TypeVar("Answer")


class Operation:
    """One kind of call to one queue: the templates of its spans, by kind, and the attributes that never change."""

    def __init__(self, span: names.SpanName, queue: str, server_address: str | None) -> None:
        self.attributes: dict[str, str | int] = {
            names.SYSTEM: names.SQS,
            names.OPERATION_NAME: span.operation,
            names.OPERATION_TYPE: span.operation_type,
            names.DESTINATION: queue,
        }
        if server_address:
            self.attributes[names.SERVER_ADDRESS] = server_address
        self.templates: Mapping[names.Kind, SpanTemplate] = {
            kind: SpanTemplate(span.of(queue), kind, self.attributes) for kind in span.kinds
        }
        self._span = span
        self._queue = queue
        self._address = server_address or ""

    def counted(self, error_type: str | None = None) -> tuple[str, ...]:
        """The values of a counter of messages, in the order of its attributes."""
        return names.SQS, self._span.operation, self._queue, error_type or "", self._address

    def took(self, measurements: Measurements, started: float, error_type: str | None) -> None:
        """Records the duration of a call that began at `started` (`perf_counter` seconds)."""
        measurements.took(
            names.OPERATION_DURATION,
            perf_counter() - started,
            names.SQS,
            self._span.operation,
            self._queue,
            error_type or "",
            self._span.operation_type,
            self._address,
        )


def watched(call: Callable[[], Answer], record: Callable[[Answer | None, QueueError | None], None]) -> Answer:
    """Makes a call of a wrapped port, then lets `record` see its answer or its error. The only way into a wrapped port: no line of ours runs
    between the inner call's return and the caller that could keep the answer from it."""
    try:
        answer = call()
    except QueueError as error:
        harmless(None, record, None, error)
        raise
    harmless(None, record, answer, None)
    return answer


def error_type_of(failures: Sequence[Failure], error: QueueError | None) -> str | None:
    """A low-cardinality name for the failure of a call that failed as a whole or in part; None where all went well."""
    if error is not None:
        return error.code
    if not failures:
        return None
    codes = {failure.code for failure in failures}
    return codes.pop() if len(codes) == 1 else names.OTHER
