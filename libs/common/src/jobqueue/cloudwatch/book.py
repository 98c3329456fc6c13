"""The book of job log streams: decides which call comes next, and what its answer means. Pure, one thread; every `now` is monotonic seconds.

A stream's events lie in its buffer, or are in flight in one `Shipment`. Those of a call that failed go back to the front of the buffer. A short
job's stream is looked at when the job ends, a running one's when its oldest event is old or the buffer is large.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING, cast

from jobqueue.chance import CHANCE
from jobqueue.cloudwatch.agenda import Agenda
from jobqueue.cloudwatch.errors import LogsError, Trouble
from jobqueue.cloudwatch.limiter import StreamLimiter
from jobqueue.cloudwatch.limits import MAX_BATCH_BYTES
from jobqueue.cloudwatch.outstanding import Outstanding
from jobqueue.cloudwatch.overflow import OVERFLOW_LINGER_SECONDS
from jobqueue.cloudwatch.records import Account, Event, Stream
from jobqueue.cloudwatch.room import CALL_COPIES, Room
from jobqueue.cloudwatch.shipment import Notice, Shipment, take_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jobqueue.cloudwatch.settings import JobLogSettings

FIRST_RETRY_SECONDS = 0.1
MAX_RETRY_SECONDS = 5.0
MAX_RETRY_AT_STOP_SECONDS = 0.5
"""Twice the first after one failed call, doubled after each further one in a row, less up to half of it by chance."""

MAX_SHIPMENT_SECONDS = 10.0
"""A call without an answer for so long has failed: above the calls' own time-outs, for one that a defect keeps from us."""


class Book:
    """Owns all streams and their calls. `outstanding` holds the events that are not confirmed."""

    def __init__(
        self,
        settings: JobLogSettings,
        room: Room,
        overflow_name: Callable[[], str],
        *,
        on_overflow: Callable[[int], None],
        on_undelivered: Callable[[int], None],
    ) -> None:
        """`overflow_name` gives the name of today's overflow stream. The counters are called with a number of events."""
        self.outstanding = Outstanding(room, on_undelivered)
        self._settings = settings
        self._overflow_name = overflow_name
        self._on_overflow = on_overflow
        self._overflow: Stream | None = None
        self._limiter = StreamLimiter(settings.job_log_streams_per_second)
        self._agenda = Agenda()
        self._line: deque[Stream] = deque()
        self._too_large: list[Stream] = []
        self._waited_for: dict[Shipment, float] = {}
        self._calls = 0
        self._call_bytes = 0
        self._max_call_bytes = settings.job_log_buffer_bytes // 2 // CALL_COPIES
        self._stopping = False

    # What happened.

    def wrote(self, account: Account, stamp_ms: int, texts: Sequence[bytes], now: float) -> None:
        """An event, which the room admitted, or its parts."""
        events = self.outstanding.add(account, stamp_ms, texts)
        self._add(account.stream, events)
        self._look_at(account.stream, now)

    def finished(self, account: Account, then: Callable[[], None], now: float) -> None:
        """Ship the rest now, and give up what is not confirmed in time."""
        self.outstanding.finish(account, then)
        if account.pending:
            self._agenda.at(now + self._settings.job_log_confirm_seconds, account)
            self._look_at(account.stream, now)

    def shipped(self, shipment: Shipment, now: float) -> None:
        """A call's answer, however late."""
        self._calls -= 1
        self._call_bytes -= shipment.size
        self._waited_for.pop(shipment, None)
        stream = shipment.stream
        if shipment.created:
            stream.exists = True
        if stream.in_flight is shipment:
            stream.in_flight = None
            if shipment.error is not None:
                self._failed(shipment, shipment.error, now)
        if shipment.error is None:
            self._accepted(shipment)
        self._look_at(stream, now)

    def made_overflow(self, name: str) -> None:
        """The start made this stream ahead of need."""
        stream = self._todays_overflow()
        stream.exists = stream.exists or stream.name == name

    def hurry(self) -> None:
        """Memory is short: whatever lingers is due."""
        for stream in self._streams():
            if not stream.asleep:
                self._line_up(stream)

    def stop(self) -> None:
        """From now on nothing waits: not for its turn, not for company, not for a retry that was planned."""
        self._stopping = True
        for stream in self._streams():
            stream.granted = False
            self._line_up(stream)

    def give_up_all(self) -> None:
        """The stop's time is over."""
        for account in list(self.outstanding.accounts):
            self._give_up(account)

    # What to do.

    def look(self, now: float) -> None:
        """Wakes streams, gives up logs, goes on without answers that are overdue."""
        for thing in self._agenda.take(now):
            if isinstance(thing, Account):
                self._give_up(thing)
            else:
                self._line_up(cast("Stream", thing))
        while self._waited_for and next(iter(self._waited_for.values())) <= now:
            shipment = next(iter(self._waited_for))
            del self._waited_for[shipment]
            shipment.stream.in_flight = None
            self._failed(shipment, LogsError(Trouble.UNAVAILABLE, "no answer"), now)

    def next_at(self) -> float:
        """When to look again, if nothing arrives before."""
        return min(self._agenda.next_at(), next(iter(self._waited_for.values()), inf))

    def next_call(self, now: float) -> Shipment | Notice | None:
        """What is to be done now: at most JOB_LOG_SHIPPERS shipments at once, and one notice beside them."""
        notice = self.outstanding.next_notice()
        if notice is not None:
            return notice
        shipment = None
        while shipment is None and self._line and self._calls < self._settings.job_log_shippers:
            stream = self._line.popleft()
            stream.ready = False
            shipment = self._shipment(stream, now)
        while self._too_large:
            self._line_up(self._too_large.pop())
        return shipment

    # How a stream moves.

    def _streams(self) -> Iterable[Stream]:
        return {account.stream for account in self.outstanding.accounts}

    def _add(self, stream: Stream, events: Sequence[Event]) -> None:
        stream.buffer.extend(events)
        stream.size += sum(event.size for event in events)
        if stream.own is None and events:
            self._on_overflow(len(events))

    def _look_at(self, stream: Stream, now: float) -> None:
        """A stream at rest with events gets into line, or a time to be looked at."""
        if stream.in_flight is not None or stream.ready or stream.asleep or not stream.buffer:
            return
        ends = stream.own is not None and stream.own.finished
        if ends or self._stopping or stream.size >= self._settings.job_log_batch_bytes:
            self._line_up(stream)
        elif stream.due == inf:
            linger = OVERFLOW_LINGER_SECONDS if stream.own is None else self._settings.job_log_linger_seconds
            self._agenda.at(now + linger, stream)

    def _line_up(self, stream: Stream) -> None:
        if stream.in_flight is None and not stream.ready and stream.buffer:
            stream.ready = True
            self._line.append(stream)
        stream.asleep = False
        stream.due = inf

    def _sleep(self, stream: Stream, until: float) -> None:
        stream.asleep = True
        self._agenda.at(until, stream)

    def _sleep_after_failure(self, stream: Stream, now: float) -> None:
        stream.failures += 1
        maximum = MAX_RETRY_AT_STOP_SECONDS if self._stopping else MAX_RETRY_SECONDS
        pause = min(maximum, FIRST_RETRY_SECONDS * 2 ** min(stream.failures, 10))
        self._sleep(stream, now + pause * CHANCE.uniform(0.5, 1))

    def _shipment(self, stream: Stream, now: float) -> Shipment | None:
        while stream.buffer and not stream.buffer[0].open:
            stream.buffer.popleft()
        if not stream.buffer:
            stream.size = stream.closed = 0
            return None
        if not self._may_create(stream, now):
            return None
        free = self._max_call_bytes - self._call_bytes
        first = stream.buffer[0].size
        if first > free:
            self._too_large.append(stream)  # an answer makes room
            return None
        # Half of what is free at most, so that calls that hang leave room for others.
        events = take_batch(stream.buffer, min(MAX_BATCH_BYTES, max(first, free // 2)))
        stream.granted = False
        stream.size -= sum(event.size for event in events)
        stream.in_flight = shipment = Shipment(stream, events, creates=not stream.exists)
        self._calls += 1
        self._call_bytes += shipment.size
        self._waited_for[shipment] = now + MAX_SHIPMENT_SECONDS
        return shipment

    def _may_create(self, stream: Stream, now: float) -> bool:
        if stream.exists or stream.own is None or stream.granted:
            return True
        wait = self._limiter.reserve(now, 0 if self._stopping else self._settings.job_log_stream_wait_seconds)
        if wait is None:
            self._move_to_overflow(stream.own, now)
            return False
        stream.granted = True
        if wait > 0:
            self._sleep(stream, now + wait)
        return wait == 0

    # What an answer means.

    def _accepted(self, shipment: Shipment) -> None:
        shipment.stream.failures = 0
        accepted = range(*shipment.accepted.indices(len(shipment.events)))
        for place, event in enumerate(shipment.events):
            if place in accepted:
                self.outstanding.confirm(event)
            else:
                self.outstanding.lose(event)

    def _failed(self, shipment: Shipment, error: LogsError, now: float) -> None:
        stream, own = shipment.stream, shipment.stream.own
        at_create = shipment.creates and not shipment.created
        if error.trouble is Trouble.REFUSED and not at_create:
            for event in shipment.events:
                self.outstanding.lose(event)
            return
        again = [event for event in shipment.events if event.open]
        stream.buffer.extendleft(reversed(again))
        stream.size += sum(event.size for event in again)
        if at_create and error.trouble is Trouble.THROTTLED:
            self._limiter.pause(now)
        if at_create and own is not None and error.trouble in (Trouble.THROTTLED, Trouble.REFUSED):
            self._move_to_overflow(own, now)
            return
        if not at_create and error.trouble is Trouble.MISSING:
            stream.exists = False
            if stream.failures == 0:  # a later attempt's stream was never made: make it, without delay
                stream.failures = 1
                self._line_up(stream)
                return
        self._sleep_after_failure(stream, now)

    def _move_to_overflow(self, account: Account, now: float) -> None:
        """For good: a log is in two streams at most."""
        target = self._todays_overflow()
        self._add(target, [event for event in account.stream.buffer if event.open])
        account.stream.buffer.clear()
        account.stream = target
        self._look_at(target, now)

    def _todays_overflow(self) -> Stream:
        name = self._overflow_name()
        if self._overflow is None or self._overflow.name != name:
            self._overflow = Stream(name, None, False)
        return self._overflow

    def _give_up(self, account: Account) -> None:
        stream = account.stream
        stream.closed += len(account.pending)
        self.outstanding.lose_all(account)
        stream.drop_closed()
