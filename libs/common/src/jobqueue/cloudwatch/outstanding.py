"""Outstanding events of job logs: neither confirmed by CloudWatch nor written to stdout yet. Pure; owned by the book.

A log ends when it has finished and none of its events is outstanding: lost events reach stdout before their log's `then` is called.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING

from jobqueue.cloudwatch.records import Account, Event, memory_of
from jobqueue.cloudwatch.shipment import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jobqueue.cloudwatch.room import Room

NOTICE_BYTES = 262_144
"""Of lost events in one notice."""


class Outstanding:
    """`accounts` has every log with an outstanding event; `ended` collects the `then` of those that ended."""

    def __init__(self, room: Room, on_undelivered: Callable[[int], None]) -> None:
        self.accounts: set[Account] = set()
        self.ended: list[Callable[[], None]] = []
        self._room = room
        self._on_undelivered = on_undelivered
        self._unwritten: deque[Event] = deque()
        self._writing = False

    def add(self, account: Account, stamp_ms: int, texts: Sequence[bytes]) -> list[Event]:
        """New events; gives those that are to be shipped: none for a log that has finished, whose late events are lost."""
        # The wall clock may be set back, the order of a batch may not.
        account.last_ms = stamp_ms = max(stamp_ms, account.last_ms)
        events = [Event(account, stamp_ms, text) for text in texts]
        self.accounts.add(account)
        if account.finished:
            for event in events:
                self._lose(event)
            return []
        account.pending.extend(events)
        return events

    def finish(self, account: Account, then: Callable[[], None]) -> None:
        """No event comes any more, but from threads that a handler left behind."""
        account.finished = True
        account.then = then
        self._end_if_done(account)

    def confirm(self, event: Event) -> None:
        """CloudWatch has it. Events of one log are confirmed or lost in the order in which they were added."""
        if event.open:
            event.open = False
            event.account.pending.popleft()
            self._forget(event, confirmed=True)

    def lose(self, event: Event) -> None:
        """CloudWatch will not have it."""
        if event.open:
            event.account.pending.popleft()
            self._lose(event)

    def lose_all(self, account: Account) -> None:
        """Its time is over."""
        for event in account.pending:
            self._lose(event)
        account.pending.clear()

    def next_notice(self) -> Notice | None:
        """Lost events to write to stdout; None while others are being written, or where there are none."""
        if self._writing or not self._unwritten:
            return None
        self._writing = True
        events, size = [], 0
        while self._unwritten and size < NOTICE_BYTES:
            events.append(self._unwritten.popleft())
            size += len(events[-1].text)
        return Notice(events)

    def written(self, notice: Notice) -> None:
        """The events of a notice are on stdout."""
        self._writing = False
        self._on_undelivered(len(notice.events))
        for event in notice.events:
            event.account.unwritten -= 1
            self._forget(event, confirmed=False)

    def end_all(self) -> None:
        """Gives up what is not written yet: stdout takes nothing, and the worker ends."""
        for account in list(self.accounts):
            self._end(account)

    def _lose(self, event: Event) -> None:
        event.open = False
        event.account.unwritten += 1
        self._unwritten.append(event)

    def _forget(self, event: Event, *, confirmed: bool) -> None:
        self._room.give_back(event.account.share, memory_of(event.text), confirmed=confirmed)
        event.text = b""  # a buffer may keep the event for a while
        self._end_if_done(event.account)

    def _end_if_done(self, account: Account) -> None:
        if not account.pending and not account.unwritten:
            self._end(account)

    def _end(self, account: Account) -> None:
        self.accounts.discard(account)
        account.due = inf
        if account.then is not None:
            self.ended.append(account.then)
            account.then = None
            # Else the two hold each other until the collector comes: 2 MB of them in a busy worker.
            account.stream.own = None
