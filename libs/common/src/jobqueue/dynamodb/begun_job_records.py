"""A worker's job records: attempts begin and end without a thread that waits for each write. Not for children of a fork."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from jobqueue.aws.answers import CallError
from jobqueue.dynamodb.job_records import UPDATE, DynamoDbJobRecords
from jobqueue.dynamodb.writes import conditional

if TYPE_CHECKING:
    from jobqueue.aws.service import BegunCalls
    from jobqueue.consumer.job_records import Answer, Ending, Keeping, Key, Start
    from jobqueue.dynamodb.job_records import Write

AT_ONCE = 24
"""Writes that are under way at once; ours. At 5 ms a write they are 4,800 a second. Each has a connection, 50 kB over TLS. Of 200 at once some were
made anew for each write, since libcurl keeps `wire.MAX_IDLE_CONNECTIONS` open."""

Then = Callable[[Callable[[], "Answer"]], None]


class BegunDynamoDbJobRecords(DynamoDbJobRecords):
    """Implements `BegunJobRecords`. Writes beyond `AT_ONCE` wait for their turn, in order; a write's time begins with its turn."""

    def __init__(
        self,
        calls: BegunCalls,
        table: str,
        keeping: Keeping,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        super().__init__(calls, table, keeping, now_ms)
        self._begun_calls = calls
        self._waiting: deque[tuple[Write, Then]] = deque()
        self._room = AT_ONCE
        self._lock = Lock()

    def begin_soon(self, start: Start, then: Then) -> None:
        """See the port."""
        self._soon(self.write_of_begin(start), then)

    def end_soon(self, key: Key, owner: str, ending: Ending, then: Then) -> None:
        """See the port."""
        self._soon(self.write_of_end(key, owner, ending), then)

    def _soon(self, write: Write, then: Then) -> None:
        with self._lock:
            self._waiting.append((write, then))
        self._go_on()

    def _go_on(self) -> None:
        """Starts what there is room for. Any thread."""
        while True:
            with self._lock:
                if not self._waiting or not self._room:
                    return
                self._room -= 1
                write, then = self._waiting.popleft()
            parameters = conditional(self._table, write.parameters)
            try:
                self._begun_calls.begin(UPDATE, parameters, partial(self._answered, write, then))
            except CallError as error:
                self._give_room_back()
                then(partial(self._read, write, error))

    def _answered(self, write: Write, then: Then, result: Mapping[str, Any] | CallError) -> None:
        self._give_room_back()
        self._go_on()
        then(partial(self._read, write, result))

    def _give_room_back(self) -> None:
        with self._lock:
            self._room += 1

    def _read(self, write: Write, result: Mapping[str, Any] | CallError) -> Answer:
        return self.answer(write, lambda: _raised(result))


def _raised(result: Mapping[str, Any] | CallError) -> Mapping[str, Any]:
    if isinstance(result, CallError):
        raise result
    return result
