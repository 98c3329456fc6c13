"""Telemetry when nothing is exported: the trace context of a message, passed on as it came. Any thread.

Nothing is started and nothing of OpenTelemetry is imported. A trace that began elsewhere goes on through us to the next job (W3C asks that
of whoever does not take part); where a message has none, none is made up: no backend would know it, and job and correlation ids are on
every log line anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from jobqueue.telemetry.trace_headers import TRACEPARENT, TRACESTATE, creation_context, write_traceparent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from jobqueue.consumer.ports import Attempt
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.job import Job
    from jobqueue.messages.outcome import Outcome
    from jobqueue.telemetry.trace_headers import TraceParent


class PassiveAttempt:
    """Implements `Attempt` with the producer's ids."""

    __slots__ = ("_parent", "span_id", "trace_id")

    def __init__(self, parent: TraceParent | None) -> None:
        self._parent = parent
        self.trace_id = "" if parent is None else parent.trace_id
        self.span_id = "" if parent is None else parent.span_id

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Nothing to end."""

    def headers_for(self, destination: str, job: Job) -> Mapping[str, str]:
        """See the port."""
        parent = self._parent
        if (
            parent is None or not parent.span_id
        ):  # a trace alone is no W3C header; the message's X-Ray header is handed on as it is
            return {}
        headers = {TRACEPARENT: write_traceparent(parent.trace_id, parent.span_id, parent.flags)}
        if parent.state:
            headers[TRACESTATE] = parent.state
        return headers

    def ended(self, outcome: Outcome, error: BaseException | None, seconds: float) -> None:
        """Does nothing."""


class PassiveObserver:
    """Implements `Observer`."""

    def attempt(self, delivery: Delivery, job: Job, *, known_type: bool) -> Attempt:
        """See the port."""
        return PassiveAttempt(creation_context(delivery.attributes, delivery.trace_header))

    def undecodable(self, delivery: Delivery, error: BaseException, outcome: Outcome) -> None:
        """Does nothing."""

    def settled(self, delivery: Delivery, outcome: Outcome, seconds: float) -> None:
        """Does nothing."""

    def lease_lost(self, delivery: Delivery) -> None:
        """Does nothing."""

    def settle_failed(self, operation: str, code: str, count: int) -> None:
        """Does nothing."""

    def events_sent(self, count: int) -> None:
        """Does nothing."""

    def events_lost(self, count: int) -> None:
        """Does nothing."""

    def poll_failed(self, code: str) -> None:
        """Does nothing."""

    def stuck(self, delivery: Delivery, job: Job, seconds: float) -> None:
        """Does nothing."""

    def drained(self, seconds: float, left: int) -> None:
        """Does nothing."""

    def watch(self, *, slots_in_use: Callable[[], int], slots_stuck: Callable[[], int]) -> None:
        """Does nothing."""

    def job_log_overflowed(self, count: int) -> None:
        """Does nothing."""

    def job_log_undelivered(self, count: int) -> None:
        """Does nothing."""
