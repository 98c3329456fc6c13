"""Calls of the job log: shipments of batches, and notices of lost events for stdout. Made by the book, and read again by it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jobqueue.cloudwatch.errors import LogsError, Trouble
from jobqueue.cloudwatch.limits import MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_BATCH_SPAN_MS
from jobqueue.foreign_text import first_line

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Sequence

    from jobqueue.cloudwatch.calls import LogsCalls
    from jobqueue.cloudwatch.records import Event, Stream
    from jobqueue.cloudwatch.undelivered import Undelivered

logger = logging.getLogger(__name__)


class Shipment:
    """One batch of one stream, and the stream's creation where that is missing.

    In the end: `created`; `error`, or the `accepted` events (a slice; CloudWatch rejected the others).
    """

    def __init__(self, stream: Stream, events: Sequence[Event], *, creates: bool) -> None:
        self.stream = stream
        self.events = events
        self.creates = creates
        self.size = sum(event.size for event in events)
        self._entries = [(event.stamp_ms, event.text) for event in events]  # the book may let go of an event's text
        self.created = False
        self.accepted = slice(0)
        self.error: LogsError | None = None

    def begin(self, calls: LogsCalls, then: Callable[[Shipment], None]) -> None:
        """One or two calls; `then` is called once, with this, in the thread of all requests or at once. Never waits, never raises."""
        self._guarded(then, lambda: self._create(calls, then) if self.creates else self._put(calls, then))

    def _create(self, calls: LogsCalls, then: Callable[[Shipment], None]) -> None:
        def made(error: LogsError | None) -> None:
            self.created = error is None
            self.error = error
            if error is None:
                self._guarded(then, lambda: self._put(calls, then))
            else:
                then(self)

        calls.create(self.stream.name, made)

    def _put(self, calls: LogsCalls, then: Callable[[Shipment], None]) -> None:
        def answered(result: slice | LogsError) -> None:
            if isinstance(result, LogsError):
                self.error = result
            else:
                self.accepted = result
            then(self)

        calls.put(self.stream.name, self._entries, answered)

    def _guarded(self, then: Callable[[Shipment], None], begin: Callable[[], None]) -> None:
        """A defect: nothing was begun, so the call failed."""
        try:
            begin()
        except Exception as error:
            logger.exception("unexpected error in a job log's call; it is tried again")
            self.error = LogsError(Trouble.UNAVAILABLE, f"{type(error).__name__}: {first_line(error)}")
            then(self)


class Notice:
    """Lost events, in order, for stdout."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events

    def run(self, undelivered: Undelivered) -> None:
        """Blocks while stdout does, for a while."""
        undelivered.write((event.text for event in self.events), patient=True)


def take_batch(buffer: deque[Event], max_bytes: int = MAX_BATCH_BYTES) -> list[Event]:
    """Takes from the front what fits into one call of so many bytes, in chronological order; drops what is no longer open.

    Events of one job come with stamps that never go back, so that the stable sort keeps their order; only an overflow stream, which
    several jobs share, needs it.
    """
    batch: list[Event] = []
    bytes_left = max_bytes
    earliest = latest = None
    while buffer and len(batch) < MAX_BATCH_EVENTS:
        event = buffer[0]
        if event.open:
            earliest = event.stamp_ms if earliest is None else min(earliest, event.stamp_ms)
            latest = event.stamp_ms if latest is None else max(latest, event.stamp_ms)
            bytes_left -= event.size
            if bytes_left < 0 or latest - earliest >= MAX_BATCH_SPAN_MS:
                break
            batch.append(event)
        buffer.popleft()
    batch.sort(key=lambda event: event.stamp_ms)
    return batch
