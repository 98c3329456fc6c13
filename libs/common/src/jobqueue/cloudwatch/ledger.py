"""What is the fate of every event, and what is the next call for a stream? Layer 3, passive: the caller holds the shipper's lock.

An event is in its log's `pending` from `add` until CloudWatch confirmed it or it was given up for stdout, and meanwhile in its stream's
`buffer` or `in_flight`. What must be called without the lock (`then`, counters, stdout) is put on an `After` list, in order: lost events
reach stdout before their log's `then` is called.

Calls nothing by itself: `Shipper` makes the calls, and reports here how they went.
"""

from __future__ import annotations

from enum import Enum
from functools import partial
from itertools import chain
from math import inf
from random import uniform
from typing import TYPE_CHECKING

from jobqueue.cloudwatch.batch import take_batch
from jobqueue.cloudwatch.errors import LogsError, Trouble
from jobqueue.cloudwatch.limiter import StreamLimiter
from jobqueue.cloudwatch.overflow import OVERFLOW_LINGER_SECONDS, Overflow
from jobqueue.cloudwatch.stream import Event, State, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jobqueue.cloudwatch.event import Piece
    from jobqueue.cloudwatch.job_log import CloudWatchJobLog
    from jobqueue.cloudwatch.settings import JobLogSettings
    from jobqueue.cloudwatch.timers import After, Timer
    from jobqueue.consumer.clock import Clock

FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 5.0
LONGEST_RETRY_AT_STOP_SECONDS = 0.5
"""Twice the first after one failed call, doubled after each further one in a row, less up to half of it by chance."""


class Step(Enum):
    """The next call for a stream."""

    CREATE = 0
    PUT = 1


class Ledger:
    """Owns all streams with unconfirmed events. `held` is their bytes."""

    def __init__(
        self,
        settings: JobLogSettings,
        clock: Clock,
        overflow: Overflow,
        *,
        submit: Callable[[Stream], None],
        at: Callable[[float, Callable[[After], None]], Timer],
        lose: Callable[[Iterable[str]], None],
        on_overflow: Callable[[int], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._overflow = overflow
        self._submit = submit
        self._at = at
        self._lose = lose
        self._on_overflow = on_overflow
        self._limiter = StreamLimiter(settings.job_log_streams_per_second)
        self._streams: set[Stream] = set()
        self._stopping = False
        self.held = 0

    # What jobs do.

    def add(self, log: CloudWatchJobLog, stamp_ms: int, pieces: list[Piece], after: After) -> None:
        """Events of an open log."""
        log.last_ms = stamp_ms = max(stamp_ms, log.last_ms)  # the wall clock may be set back; a batch's order may not
        stream = log.stream
        for text, size in pieces:
            event = Event(log, stamp_ms, text, size)
            log.pending.append(event)
            stream.buffer.append(event)
            stream.held += size
            self.held += size
        if stream.own is None:
            after.append(partial(self._on_overflow, len(pieces)))
        self._expect(stream)

    def finish(self, log: CloudWatchJobLog, then: Callable[[], None], after: After) -> None:
        """No event comes any more: ship the rest now, and give up what is not confirmed in time."""
        log.finished = True
        log.then = then
        if not log.pending:
            self._close(log, after)
            return
        now = self._clock.now()
        log.deadline = self._at(now + self._settings.job_log_confirm_seconds, partial(self._give_up, log))
        if log.stream.own is not None:
            log.stream.due = now
            self._arm(log.stream)

    # What the shipper asks and reports.

    def next_step(self, stream: Stream, after: After) -> Step | None:
        """The call to make for a READY stream; None when there is nothing to do now, and the stream is no longer READY."""
        now = self._clock.now()
        self._drop_given_up(stream)
        if not stream.in_flight:
            if not stream.buffer:
                self._rest(stream)
                return None
            if not self._is_due(stream, now):
                stream.state = State.IDLE
                self._arm(stream)
                return None
        if not stream.exists:
            return Step.CREATE if self._may_create(stream, now, after) else None
        if not stream.in_flight:
            self._take(stream)
        if stream.in_flight:
            return Step.PUT
        self._rest(stream)
        return None

    def confirmed(self, stream: Stream, batch: list[Event], rejected: list[Event], after: After) -> None:
        """CloudWatch took the batch, but not what it rejected."""
        stream.failures = 0
        stream.in_flight = []
        after.append(partial(self._lose, [event.text for event in rejected if not event.log.closed]))
        for event in batch:
            log = event.log
            if log.closed:  # given up while the call was under way: it is on stdout, and counted out
                continue
            log.pending.popleft()  # this very event: a log's events are confirmed in the order they were added
            self.held -= event.size
            if log.finished and not log.pending:
                self._close(log, after)

    def create_failed(self, stream: Stream, error: LogsError, after: After) -> bool:
        """Whether to go on with this stream at once; else it sleeps, or its events went to the overflow stream."""
        if error.trouble is Trouble.THROTTLED:
            self._limiter.pause(self._clock.now())
        if error.trouble in (Trouble.THROTTLED, Trouble.REFUSED) and stream.own is not None:
            self._move_to_overflow(stream.own, after)
            return False
        return self._later(stream)

    def put_failed(self, stream: Stream, batch: list[Event], error: LogsError, after: After) -> bool:
        """Whether to go on with this stream at once."""
        if error.trouble is Trouble.REFUSED:
            self.confirmed(stream, batch, batch, after)
            return True
        if error.trouble is Trouble.MISSING:
            stream.exists = False
            stream.buffer.extendleft(reversed(stream.in_flight))
            stream.held += sum(event.size for event in stream.in_flight)
            stream.in_flight = []
            stream.due = self._clock.now()
            if stream.failures == 0:  # a first attempt's stream was never made: make it, without delay
                stream.failures = 1
                return True
        return self._later(stream)

    def broke(self, stream: Stream) -> None:
        """A defect escaped while the stream was READY."""
        self._later(stream)

    def ship_all(self) -> None:
        """Memory is short, or the worker stops: whatever lingers is due."""
        now = self._clock.now()
        for stream in list(self._streams):
            stream.due = min(stream.due, now)
            self._arm(stream)

    def stop(self) -> None:
        """From now on nothing waits: not for its turn, not for company, not for a retry that was planned."""
        self._stopping = True
        for stream in self._streams:
            if stream.state is State.WAITING:
                stream.state = State.IDLE
                stream.granted = False
                stream.drop_timer()
        self.ship_all()

    def give_up_all(self, after: After) -> None:
        """The stop's time is over."""
        logs = dict.fromkeys(event.log for stream in self._streams for event in chain(stream.in_flight, stream.buffer))
        for log in logs:
            self._give_up(log, after)

    # What follows from it.

    def _expect(self, stream: Stream) -> None:
        """Something is in the buffer."""
        if stream.due == inf:
            linger = OVERFLOW_LINGER_SECONDS if stream.own is None else self._settings.job_log_linger_seconds
            stream.due = self._clock.now() + (0 if self._stopping else linger)
            self._streams.add(stream)
        self._arm(stream)

    def _is_due(self, stream: Stream, now: float) -> bool:
        return stream.due <= now or stream.held >= self._settings.job_log_batch_bytes

    def _arm(self, stream: Stream) -> None:
        """An IDLE stream with events becomes READY, or gets a timer. (It has only some in flight when a stop cut a wait short.)"""
        if stream.state is not State.IDLE or not (stream.buffer or stream.in_flight):
            return
        if self._is_due(stream, self._clock.now()):
            stream.drop_timer()
            stream.state = State.READY
            self._submit(stream)
        elif stream.timer is None:
            stream.timer = self._at(stream.due, partial(self._wake, stream))

    def _wake(self, stream: Stream, after: After) -> None:
        stream.timer = None
        if stream.state is State.WAITING:
            stream.state = State.READY
            self._submit(stream)
        else:
            self._arm(stream)

    def _sleep(self, stream: Stream, until: float) -> None:
        stream.state = State.WAITING
        stream.timer = self._at(until, partial(self._wake, stream))

    def _later(self, stream: Stream) -> bool:
        stream.failures += 1
        longest = LONGEST_RETRY_AT_STOP_SECONDS if self._stopping else LONGEST_RETRY_SECONDS
        most = min(longest, FIRST_RETRY_SECONDS * 2 ** min(stream.failures, 10))
        self._sleep(stream, self._clock.now() + most * uniform(0.5, 1))
        return False

    def _rest(self, stream: Stream) -> None:
        stream.state = State.IDLE
        stream.due = inf
        stream.held = 0
        stream.drop_timer()
        self._streams.discard(stream)

    def _may_create(self, stream: Stream, now: float, after: After) -> bool:
        if stream.own is not None and not stream.granted:
            wait = self._limiter.reserve(now, 0 if self._stopping else self._settings.job_log_stream_wait_seconds)
            if wait is None:
                self._move_to_overflow(stream.own, after)
                return False
            stream.granted = True
            if wait > 0:
                self._sleep(stream, now + wait)
                return False
        stream.granted = False
        return True

    def _move_to_overflow(self, log: CloudWatchJobLog, after: After) -> None:
        """For good: a log is in two streams at most."""
        own, target = log.stream, self._overflow.stream()
        after.append(partial(self._on_overflow, len(own.buffer)))
        target.buffer.extend(own.buffer)
        target.held += own.held
        own.buffer.clear()
        self._rest(own)
        log.stream = target
        self._expect(target)

    def _take(self, stream: Stream) -> None:
        while stream.buffer and not stream.in_flight:
            batch = take_batch(stream.buffer)
            stream.held -= sum(event.size for event in batch)
            stream.in_flight = [event for event in batch if not event.log.closed]
        if not stream.buffer:
            stream.due = inf

    def _drop_given_up(self, stream: Stream) -> None:
        """Logs are given up in about the order in which their events came, so that looking at the front frees the memory."""
        while stream.buffer and stream.buffer[0].log.closed:
            stream.held -= stream.buffer.popleft().size
        if any(event.log.closed for event in stream.in_flight):
            stream.in_flight = [event for event in stream.in_flight if not event.log.closed]

    def _give_up(self, log: CloudWatchJobLog, after: After) -> None:
        if log.closed:
            return
        after.append(partial(self._lose, [event.text for event in log.pending]))
        self.held -= sum(event.size for event in log.pending)
        self._close(log, after)
        self._drop_given_up(log.stream)

    def _close(self, log: CloudWatchJobLog, after: After) -> None:
        log.closed = True
        log.pending.clear()
        if log.deadline is not None:
            log.deadline.cancel()
            log.deadline = None
        if log.then is not None:
            after.append(log.then)
            log.then = None
