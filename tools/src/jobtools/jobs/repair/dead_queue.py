"""How does a repair talk to SQS? Layer: tools, main thread; the only file of the repair that calls it.

What reading needs is `jobtools.look.dead_letter_queue`; here is what takes letters out: as there, calls carry ten, what an entry failed of comes back
as values, and nothing is retried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobqueue.consumer.ports import Failure
from jobqueue.sqs.limits import MOST_MESSAGE_BYTES
from jobqueue.sqs.sender import send_parts
from jobtools.look.dead_letter import DeadLetter
from jobtools.look.dead_letter_queue import Addresses, DeadLetterQueue, Depth

if TYPE_CHECKING:
    from jobqueue.messages.outgoing import OutgoingMessage

__all__ = ["Addresses", "DeadQueue", "Depth"]


@dataclass
class DeadQueue(DeadLetterQueue):
    """One pair, of which letters are taken out."""

    def most_bytes(self) -> int:
        """The largest message that the source takes, attributes counted (its MaximumMessageSize)."""
        return int(
            self._attributes(self.addresses.source, ["MaximumMessageSize"]).get(
                "MaximumMessageSize", MOST_MESSAGE_BYTES
            )
        )

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Failure]:
        """To the source queue. What is not confirmed is a failure, by its place.

        Raises:
            QueueError: the first call failed as a whole (large messages may need several).
        """
        return send_parts(self.client, self.addresses.source, messages)

    def delete(self, letters: Sequence[DeadLetter]) -> Sequence[Failure]:
        """Out of the dead-letter queue, at most ten."""
        return self._queue.delete([letter.delivery for letter in letters])
