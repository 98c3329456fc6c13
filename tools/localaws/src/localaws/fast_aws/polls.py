"""Long polls: receives that wait until messages of a queue are visible.

Polls are served first come first served; each takes the messages that are visible, up to its limit. Waiting takes no CPU: one timer for each queue
stands for the next message whose lease or delay ends.
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from localaws.fast_aws.message import Json
from localaws.fast_aws.queue import Queue


class Ask(NamedTuple):
    """A checked ReceiveMessage request."""

    limit: int
    visibility_seconds: int
    wait_seconds: int
    system_names: frozenset[str]
    attribute_names: tuple[str, ...]


class Poll:
    """One waiting receive. `then` is called once with messages (none at the deadline), unless cancelled."""

    def __init__(self, polls: "Polls", ask: Ask) -> None:
        self.ask = ask
        self._polls = polls
        self._then: Callable[[list[Json]], None] | None = None
        self.deadline: asyncio.TimerHandle | None = None

    def then(self, callback: Callable[[list[Json]], None]) -> None:
        self._then = callback

    def finish(self, messages: list[Json]) -> None:
        self.cancel()
        if self._then is not None:
            self._then(messages)

    def cancel(self) -> None:
        """Stop waiting: messages must not go to a connection that was lost."""
        self._polls.forget(self)
        if self.deadline is not None:
            self.deadline.cancel()


class Polls:
    """The waiting receives of one queue. Whoever changes the queue calls `serve` afterwards."""

    def __init__(self, queue: Queue, take: Callable[[Queue, Ask], list[Json]]) -> None:
        self._queue = queue
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Poll, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def wait(self, ask: Ask) -> Poll:
        poll = Poll(self, ask)
        poll.deadline = self._loop.call_later(ask.wait_seconds, poll.finish, [])
        self._waiting[poll] = None
        self._arm()  # not serve: the caller has just found nothing, and has not set its callback yet
        return poll

    def serve(self) -> None:
        if not self._waiting:
            return
        self._queue.advance(self._loop.time())
        while self._waiting and self._queue.has_visible():
            poll = next(iter(self._waiting))
            messages = self._take(self._queue, poll.ask)
            if messages:  # else all of them were exhausted and moved on
                poll.finish(messages)
        self._arm()

    def forget(self, poll: Poll) -> None:
        self._waiting.pop(poll, None)
        if not self._waiting:
            self._disarm()

    def close(self) -> None:
        for poll in list(self._waiting):
            poll.finish([])

    def _arm(self) -> None:
        due = self._queue.next_due()
        if due is None or not self._waiting or (self._timer is not None and self._timer.when() <= due):
            return
        self._disarm()
        self._timer = self._loop.call_at(due, self._due)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        self._timer = None
        self.serve()
