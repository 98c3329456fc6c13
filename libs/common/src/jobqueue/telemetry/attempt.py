"""One attempt's span: made, entered, left and ended in the worker's thread. Imported late, with the OpenTelemetry API.

The creation context of what an attempt sends is the attempt's own span. The conventions allow it ("custom creation context": then no
"create" span should be made, and the batched send span links to it), it costs nothing per message, and it makes one trace of producer,
main job and background job, where a send span of ten messages could belong to one of their traces only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from opentelemetry.context import attach, detach
from opentelemetry.trace import Status, StatusCode, format_span_id, format_trace_id, set_span_in_context

from jobqueue.consumer.job_events import text_of
from jobqueue.messages.errors import Released, RetryJob
from jobqueue.messages.outcome import Cancelled, Duplicate, Outcome, Reject, Release, Retry
from jobqueue.telemetry import names
from jobqueue.telemetry.harmless import Harmless, harmless
from jobqueue.telemetry.trace_headers import TRACEPARENT, TRACESTATE, write_traceparent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextvars import Token
    from types import TracebackType

    from opentelemetry.context import Context
    from opentelemetry.trace import Span

    from jobqueue.messages.job import Job
    from jobqueue.telemetry.trace_headers import TraceParent

MAX_DESCRIPTION_CHARACTERS = 256
"""Of an error's text on a span: enough to tell what it was, too little to carry a payload away."""


class OtelAttempt(Harmless):
    """Implements `Attempt`. `tell(outcome word, error type, seconds)` takes the measurements of the end; `parent` is the message's own context,
    which names the trace where spans are not exported."""

    __slots__ = ("_span", "_tell", "_token", "span_id", "trace_id")

    def __init__(
        self, span: Span, tell: Callable[[str, str | None, float], None], parent: TraceParent | None = None
    ) -> None:
        context = span.get_span_context()
        of_parent = "" if parent is None else parent.trace_id
        self.trace_id = format_trace_id(context.trace_id) if context.is_valid else of_parent
        self.span_id = format_span_id(context.span_id) if context.is_valid else ""
        self._span = span
        self._tell = tell
        self._token: Token[Context] | None = None

    def __enter__(self) -> Self:
        self._token = attach(set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        if self._token is not None:
            detach(self._token)
        self._span.end()

    def headers_for(self, destination: str, job: Job) -> Mapping[str, str]:
        """See the port: this span, whatever the destination."""
        return harmless({}, self._headers) if self.span_id else {}

    def _headers(self) -> dict[str, str]:
        context = self._span.get_span_context()
        headers = {TRACEPARENT: write_traceparent(self.trace_id, self.span_id, context.trace_flags)}
        if context.trace_state:
            headers[TRACESTATE] = context.trace_state.to_header()
        return headers

    def ended(self, outcome: Outcome, error: BaseException | None, seconds: float) -> None:
        """See the port. An attempt whose handler asked for another and gets it, or that was handed back, has not failed."""
        # The counts first: they need nothing of the error but its class.
        failure = None
        asked_for = isinstance(outcome, Cancelled) or (
            isinstance(error, RetryJob | Released) and isinstance(outcome, Retry | Release)
        )
        if error is not None and not asked_for:
            failure = error_type(error)
        self._tell(outcome.word, failure, seconds)
        note(self._span, outcome, failure, error)


def note(span: Span, outcome: Outcome, failure: str | None, error: BaseException | None) -> None:
    """Writes how it went onto a process span; nothing where it is done."""
    if failure is not None and error is not None:
        failed(span, failure, text_of(error)[:MAX_DESCRIPTION_CHARACTERS])
    if outcome.word != "done":
        span.set_attribute(names.OUTCOME, outcome.word)
        if isinstance(outcome, Reject):
            span.set_attribute(names.REJECT_REASON, outcome.reason)
        elif isinstance(outcome, Duplicate):
            span.set_attribute(names.SAME_AS, outcome.of)


def failed(span: Span, error_type: str, description: str | None = None) -> None:
    """Marks a span as the conventions' "Recording errors" asks."""
    span.set_attribute(names.ERROR_TYPE, error_type)
    span.set_status(Status(StatusCode.ERROR, description))


def error_type(error: BaseException) -> str:
    """The class's canonical name, without `builtins`."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
