"""Ports of the consumer, which adapters implement, and so do the doubles in `jobqueue.testing`.

Every method below is called from the thread its class names. A method may block only where it says so, and then for no longer than it
says: the consumer's stop and its beats depend on it. Errors that a method may raise are named; anything else that escapes an adapter is a
defect, and is logged by the loop that met it, which then goes on.

Nothing of AWS's calls or of the OpenTelemetry SDK crosses a port: values in, values out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from jobqueue.messages.delivery import Delivery
from jobqueue.messages.job import Job
from jobqueue.messages.outcome import Outcome
from jobqueue.messages.outgoing import OutgoingMessage


class QueueError(Exception):
    """A call failed as a whole. Try again later.

    `code` is the service's error code or a short word for a failed connection; the text names the queue and what to check. `unknown`: it may have
    taken effect nevertheless; False where the service refused or was never reached. `divisible`: the service answered, and it may be one
    entry's fault: smaller calls may pass.
    """

    def __init__(self, message: str, *, code: str, unknown: bool = True, divisible: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.unknown = unknown
        self.divisible = divisible


class QueueRefused(QueueError):  # noqa: N818 (named after what happened)
    """The service refused us for good: no such queue, no permission, bad credentials. Stop at start-up; later, go on trying slowly."""


class RequestRefused(QueueError):  # noqa: N818 (as above)
    """The service never takes this request as it is. With one entry: it can never be accepted. With more: try them in smaller calls."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One entry of a batch that did not take effect. `index` is its place in what was given.

    `gone` says that no further try can help: the receipt is no longer ours (the lease was lost), or the entry can never be accepted.
    `unknown`: it may have taken effect nevertheless.
    """

    index: int
    code: str
    message: str
    gone: bool = False
    unknown: bool = False


class Queue(Protocol):
    """The queue we receive from and settle with. Called by pollers and by the settler's callers, several threads at once."""

    @property
    def name(self) -> str:
        """The queue's name, without account and Region."""
        ...

    def receive(self, max_messages: int, wait_seconds: int) -> Sequence[Delivery]:
        """Long-polls for at most `max_messages` (1 to 10) messages. Blocks up to `wait_seconds` and ten seconds more; never aborted.

        Raises:
            QueueError: nothing was received, as far as we know.
        """
        ...

    def delete(self, deliveries: Sequence[Delivery]) -> Sequence[Failure]:
        """Deletes up to 10 deliveries. Blocks for one call. A message that is already gone is not a failure.

        Raises:
            QueueError: as a whole.
        """
        ...

    def change_visibility(self, deliveries: Sequence[tuple[Delivery, int]]) -> Sequence[Failure]:
        """Sets how many seconds (0 to 43,200) each of up to 10 deliveries stays hidden from now: renews, retries and releases.

        Raises:
            QueueError: as a whole.
        """
        ...


class Sender(Protocol):
    """The port that sends: the next job, or a dead letter. Called from several threads at once."""

    @property
    def name(self) -> str:
        """The destination queue's name."""
        ...

    def refusal(self, message: OutgoingMessage) -> str | None:
        """Why this message can never be sent (`too_large ...`), or None. Never blocks."""
        ...

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Failure]:
        """Sends up to 10 messages; splits them over calls where their bytes exceed one call's. Blocks for these calls.

        Raises:
            QueueError: as a whole; some may have been sent.
        """
        ...


class Attempt(Protocol):
    """One run of a job, for an observer: entered and left in the worker's thread, around the handler.

    What it makes current lives in context variables, so it goes with an async handler to its event loop.
    """

    @property
    def trace_id(self) -> str:
        """32 hex digits, or an empty string."""
        ...

    @property
    def span_id(self) -> str:
        """16 hex digits, or an empty string."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def headers_for(self, destination: str, job: Job) -> Mapping[str, str]:
        """The trace headers (`traceparent`, maybe `tracestate`) for one message that this attempt sends to `destination`."""
        ...

    def ended(self, outcome: Outcome, error: BaseException | None, seconds: float) -> None:
        """Called once, before `__exit__`: how it went and how long the handler ran."""
        ...


class Observer(Protocol):
    """The port that reports the consumer's events to telemetry. Every method returns at once and never raises; called from any thread."""

    def attempt(self, delivery: Delivery, job: Job, *, known_type: bool) -> Attempt:
        """A handler is about to run. `known_type` is False for a type from outside that the catalogue does not name."""
        ...

    def undecodable(self, delivery: Delivery, error: BaseException, outcome: Outcome) -> None:
        """A delivery that no handler saw."""
        ...

    def settled(self, delivery: Delivery, outcome: Outcome, seconds: float) -> None:
        """The queue confirmed the outcome, `seconds` after the receive."""
        ...

    def lease_lost(self, delivery: Delivery) -> None:
        """Our right to the delivery ended before its outcome was settled."""
        ...

    def settle_failed(self, operation: str, code: str, count: int) -> None:
        """`count` entries of a settle call (its `Step`), or of a call about job records (`begin`, `beat`, `check`, `step`), failed and are tried
        again."""
        ...

    def events_sent(self, count: int) -> None:
        """`count` ends of jobs are on the event bus."""
        ...

    def events_lost(self, count: int) -> None:
        """`count` ends of jobs are given up: no event tells of them."""
        ...

    def poll_failed(self, code: str) -> None:
        """A receive failed and will be tried again."""
        ...

    def stuck(self, delivery: Delivery, job: Job, seconds: float) -> None:
        """A handler runs past its timeout."""
        ...

    def drained(self, seconds: float, left: int) -> None:
        """The worker drained; `left` deliveries were left to lapse."""
        ...

    def watch(self, *, slots_in_use: Callable[[], int], slots_stuck: Callable[[], int]) -> None:
        """Gives the gauges their sources; called once."""
        ...


class JobLog(Protocol):
    """The log of one attempt at one job, opened by the thread that runs its handler. `write` from any thread; `finish` once, by the worker."""

    def write(self, level: str, message: str, fields: Mapping[str, object] | None = None) -> None:
        """Adds an event. Never raises; may be called from a finalizer, and in a forked child.

        Blocks only in the thread that opened the log, never in an event loop: while a service that works cannot keep up, and in an outage of it
        one short time in all.
        """
        ...

    def finish(self, then: Callable[[], None]) -> None:
        """No event comes after this. Calls `then` exactly once, from any thread, when the events are confirmed or given up for stdout."""
        ...


class JobLogs(Protocol):
    """The port that opens the logs of jobs."""

    def open(self, job: Job, attempt: int) -> JobLog:
        """The log of one attempt. Never blocks, never raises."""
        ...

    def flush(self, seconds: float) -> None:
        """Ships what is buffered, for at most `seconds`; what is not confirmed then goes to stdout. Called once, at the stop."""
        ...


class TaskProtection(Protocol):
    """Asks the platform not to scale this task in. Never blocks, never raises: it fails open."""

    @property
    def paused(self) -> bool:
        """Whether the platform wants no task of this service, and lets this one run nevertheless. False where that is not known."""
        ...

    def protect(self) -> None:
        """Protection is wanted from now on (renewed by the adapter)."""
        ...

    def release(self) -> None:
        """Protection is no longer wanted."""
        ...

    def close(self, seconds: float) -> None:
        """Drops protection for good, for at most `seconds`."""
        ...


class Heartbeat(Protocol):
    """The port that shows that the worker is alive (a health file)."""

    def beat(self) -> None:
        """All loops advanced. Never blocks, never raises."""
        ...
