"""What is known of one log stream and of the events on their way to it? Layer 3, passive: read and written under the shipper's lock.

    IDLE -> READY      something is due: in line for a shipper, or with one
    READY -> WAITING   for its turn to be created, or after a failed call; a timer wakes it
    WAITING, READY -> IDLE

One call at a time concerns a stream, since only a shipper that took it from READY makes calls for it: that is what keeps events in order.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobqueue.cloudwatch.job_log import CloudWatchJobLog
    from jobqueue.cloudwatch.timers import Timer


class Event:
    """One event until its fate is known. `size` is what it counts in a batch."""

    __slots__ = ("log", "size", "stamp_ms", "text")

    def __init__(self, log: CloudWatchJobLog, stamp_ms: int, text: str, size: int) -> None:
        self.log = log
        self.stamp_ms = stamp_ms
        self.text = text
        self.size = size


class State(Enum):
    """See the module."""

    IDLE = 0
    READY = 1
    WAITING = 2


class Stream:
    """A job's own stream (`own` is its log), or a task's overflow stream (`own` is None).

    `exists` is what we believe: a wrong belief costs a failed call. `due` is when the buffer is to be shipped, `held` its bytes.
    `granted` says that the limiter gave it a turn that is not yet used.
    """

    __slots__ = ("buffer", "due", "exists", "failures", "granted", "held", "in_flight", "name", "own", "state", "timer")

    def __init__(self, name: str, own: CloudWatchJobLog | None, *, exists: bool) -> None:
        self.name = name
        self.own = own
        self.exists = exists
        self.granted = False
        self.buffer: deque[Event] = deque()
        self.in_flight: list[Event] = []
        self.held = 0
        self.due = inf
        self.state = State.IDLE
        self.timer: Timer | None = None
        self.failures = 0

    def drop_timer(self) -> None:
        """Nothing wakes it any more."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
