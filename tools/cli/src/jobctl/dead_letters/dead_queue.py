"""The SQS calls that take letters out of a dead-letter queue, or send them back.

The calls that only read are in `jobctl.queries.dead_letter_queue`. As there, calls carry up to ten entries, failed entries are returned as values,
and nothing is retried. No other module of the repair calls SQS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobctl.queries.dead_letter import DeadLetter
from jobctl.queries.dead_letter_queue import Addresses, DeadLetterQueue, Depth
from jobqueue.consumer.ports import Failure
from jobqueue.messages.limits import MAX_MESSAGE_BYTES
from jobqueue.sqs.sender import send_parts

if TYPE_CHECKING:
    from jobqueue.messages.outgoing import OutgoingMessage

__all__ = ["Addresses", "DeadQueue", "Depth"]


@dataclass
class DeadQueue(DeadLetterQueue):
    """A dead-letter queue and its source, with the calls that take letters out."""

    def max_bytes(self) -> int:
        """The largest message that the source takes, attributes counted (its MaximumMessageSize)."""
        return int(
            self._attributes(self.addresses.source, ["MaximumMessageSize"]).get("MaximumMessageSize", MAX_MESSAGE_BYTES)
        )

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Failure]:
        """Sends to the source queue. Messages that SQS did not confirm are returned as failures, by index.

        Raises:
            QueueError: the first call failed as a whole (large messages may need several).
        """
        return send_parts(self.client, self.addresses.source, messages)

    def delete(self, letters: Sequence[DeadLetter]) -> Sequence[Failure]:
        """Deletes from the dead-letter queue, at most ten."""
        return self._queue.delete([letter.delivery for letter in letters])
