"""In-memory queues for the suite, on a manual clock: time passes when the suite says so, without waiting."""

from __future__ import annotations

from collections.abc import Sequence

from jobqueue.consumer.ports import Queue
from jobqueue.messages.delivery import Delivery
from jobqueue.messages.limits import MAX_PER_CALL
from jobqueue.testing.clock import ManualClock
from jobqueue.testing.contract.backend import Queues
from jobqueue.testing.in_memory_queue import InMemoryQueue
from jobqueue.testing.in_memory_sender import InMemorySender


class InMemoryBackend:
    """Implements `Backend` with `InMemoryQueue` and `InMemorySender`."""

    def __init__(self) -> None:
        self._clock = ManualClock()

    def queues(self, *, lease_seconds: int = 30, max_receive_count: int = 10, max_bytes: int = 262_144) -> Queues:
        """See the protocol."""
        dead_letters = InMemoryQueue("dead-letters", clock=self._clock)
        queue = InMemoryQueue(
            lease_seconds=lease_seconds,
            clock=self._clock,
            dead_letters=dead_letters,
            max_receive_count=max_receive_count,
        )
        return Queues(queue, InMemorySender(queue, max_bytes=max_bytes), dead_letters)

    def pass_time(self, seconds: int) -> None:
        """See the protocol."""
        self._clock.advance(seconds)

    def receive_within(self, queue: Queue, seconds: int) -> Sequence[Delivery]:
        """See the protocol. Steps of 0.5 s stand for the poll."""
        for _ in range(2 * seconds):
            received = queue.receive(MAX_PER_CALL, 0)
            if received:
                return received
            self._clock.advance(0.5)
        return queue.receive(MAX_PER_CALL, 0)
