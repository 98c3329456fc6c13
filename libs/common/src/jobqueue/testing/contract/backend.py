"""Backend of the suite: a queue technology's fresh queues, a producer outside, and a way to let time pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from jobqueue.consumer.ports import Queue, Sender
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.limits import MAX_PER_CALL
from jobqueue.messages.outgoing import OutgoingMessage

SOON_SECONDS = 5
"""How long the suite polls for a message that must come; ample for a slow local server, and never waited for when all is well."""


@dataclass(frozen=True)
class Queues:
    """One queue as its consumer and its producer see it, empty at first, with its dead-letter queue."""

    queue: Queue
    sender: Sender
    dead_letters: Queue

    def put(self, body: str = "{}", attributes: Mapping[str, Attribute] | None = None) -> None:
        """Sends one message, which must be accepted."""
        failures = self.sender.send([OutgoingMessage(body, attributes or {})])
        assert not failures


class Backend(Protocol):
    """One queue technology, as the suite drives it. Called from the test's thread, except where noted."""

    def queues(self, *, lease_seconds: int = 30, max_receive_count: int = 10, max_bytes: int = 262_144) -> Queues:
        """Makes queues of these settings, which no other test has seen."""
        ...

    def pass_time(self, seconds: int) -> None:
        """Lets `seconds` (1 to 20) pass, without touching the queues made so far."""
        ...

    def receive_within(self, queue: Queue, seconds: int) -> Sequence[Delivery]:
        """Receives up to 10 messages as soon as one is visible, letting at most `seconds` (1 to 20) pass."""
        ...


def receive_all(backend: Backend, queue: Queue, expected: int) -> list[Delivery]:
    """Receives until `expected` messages came, since one receive may return fewer than there are."""
    received: list[Delivery] = []
    while len(received) < expected:
        deliveries = backend.receive_within(queue, SOON_SECONDS)
        assert len(deliveries) <= MAX_PER_CALL
        assert deliveries, f"{len(received)} of {expected} messages came"
        received += deliveries
    return received
