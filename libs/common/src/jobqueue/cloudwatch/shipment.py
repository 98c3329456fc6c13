"""Calls of the job log: shipments of batches, and notices of lost events for stdout. Made by the book, run by a caller, read again by the book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobqueue.cloudwatch.errors import LogsError
from jobqueue.cloudwatch.limits import MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_BATCH_SPAN_MS

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Sequence

    from jobqueue.cloudwatch.calls import LogsCalls
    from jobqueue.cloudwatch.records import Event, Stream
    from jobqueue.cloudwatch.undelivered import Undelivered


class Shipment:
    """One batch of one stream, and the stream's creation where that is missing.

    After `run`: `created`; `error`, or the `accepted` events (a slice; CloudWatch rejected the others).
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

    def run(self, calls: LogsCalls, undelivered: Undelivered) -> None:
        """Blocks for one or two calls."""
        try:
            if self.creates:
                calls.create(self.stream.name)
                self.created = True
            self.accepted = calls.put(self.stream.name, self._entries)
        except LogsError as error:
            self.error = error.with_traceback(None)  # whose frames hold this


class Notice:
    """Lost events, in order, for stdout."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events

    def run(self, calls: LogsCalls, undelivered: Undelivered) -> None:
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
