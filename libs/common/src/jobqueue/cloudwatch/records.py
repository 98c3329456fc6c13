"""The book's records: an event, a stream, an attempt's account. Read and written by the book's thread alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from jobqueue.cloudwatch.limits import EVENT_OVERHEAD_BYTES
from jobqueue.cloudwatch.room import EVENT_MEMORY_BYTES, Share


@dataclass(slots=True, eq=False)
class Event:
    """One outstanding event. `open`: CloudWatch may still confirm it; else it did, or the event was given up for stdout."""

    account: Account
    stamp_ms: int
    text: bytes
    open: bool = True

    @property
    def size(self) -> int:
        """What it counts in a batch, in bytes."""
        return len(self.text) + EVENT_OVERHEAD_BYTES


def memory_of(text: bytes) -> int:
    """What an event counts in the room, in bytes."""
    return len(text) + EVENT_MEMORY_BYTES


@dataclass(slots=True, eq=False)
class Stream:
    """A job's own stream (`own` is its account, until its log has ended), or a task's overflow stream (`own` is None).

    One call at a time concerns it (`in_flight`), which keeps its events in order; `ready`: it waits in line for a caller. `exists` is what we
    assume: a wrong assumption costs a failed call. `due` is when it is looked at next, and while `asleep` only a stop makes that earlier. `granted`:
    the limiter gave it a turn that is not used yet. `size` is what the open events of the buffer count, `closed` how many others are in it.
    """

    name: str
    own: Account | None
    exists: bool
    buffer: deque[Event] = field(default_factory=deque)
    size: int = 0
    closed: int = 0
    in_flight: object | None = None
    ready: bool = False
    asleep: bool = False
    granted: bool = False
    due: float = inf
    failures: int = 0

    def drop_closed(self) -> None:
        """Removes events that are no longer open, once they are half of the buffer."""
        if self.closed * 2 > len(self.buffer):
            self.buffer = deque(event for event in self.buffer if event.open)
            self.size = sum(event.size for event in self.buffer)
            self.closed = 0


class Account:
    """One attempt's log. `pending` holds its open events in order, `unwritten` counts those that are on their way to stdout.

    Once it has `finished`, `due` is when it is given up, and `then` what its end calls.
    """

    __slots__ = ("due", "finished", "last_ms", "pending", "share", "stream", "then", "unwritten")

    def __init__(self, stream: str, *, exists: bool) -> None:
        self.stream = Stream(stream, self, exists)
        self.share = Share()
        self.pending: deque[Event] = deque()
        self.unwritten = 0
        self.last_ms = 0
        self.finished = False
        self.then: Callable[[], None] | None = None
        self.due = inf
