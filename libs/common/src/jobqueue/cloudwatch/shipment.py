"""What callers do: ship a batch, tell of lost events. Made by the book, run by a caller, read again by the book."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from jobqueue.cloudwatch.errors import LogsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobqueue.cloudwatch.calls import LogsCalls
    from jobqueue.cloudwatch.records import Event, Stream
    from jobqueue.cloudwatch.undelivered import Undelivered


class Shipment:
    """One batch of one stream, and the stream's creation where that is missing.

    After `run`: `created`; `error`, or the `accepted` events (a slice; CloudWatch rejected the others). `due` is when the book goes on without
    its answer, `overdue` that it did.
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
        self.due = inf
        self.overdue = False

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
