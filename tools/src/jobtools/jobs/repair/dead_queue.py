"""How does a repair talk to SQS? Layer: tools, main thread; the only file of the repair that calls it.

What reading needs is `jobtools.look.dead_letter_queue`; here is what takes letters out: as there, calls carry ten, what an entry failed of comes back
as values, and nothing is retried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jobqueue.consumer.ports import Failure
from jobqueue.sqs.errors import CALL_FAILED, entry_refused, translate
from jobqueue.sqs.limits import MOST_MESSAGE_BYTES
from jobqueue.sqs.queue import failures
from jobqueue.sqs.sender import split
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

    def send(self, messages: Sequence[tuple[DeadLetter, OutgoingMessage]]) -> Sequence[Failure]:
        """To the source queue, with the letter's group and X-Ray header. What is not confirmed is a failure, by its place.

        Raises:
            QueueError: the first call failed as a whole (large messages may need several).
        """
        failed: list[Failure] = []
        for start, part in split([message for _, message in messages]):
            entries = [_entry(place, *pair) for place, pair in enumerate(messages[start : start + len(part)])]
            try:
                answer = self.client.send_message_batch(QueueUrl=self.addresses.source, Entries=entries)
            except CALL_FAILED as error:
                refused = translate(error, action="SendMessage", queue=self.source)
                if start == 0:
                    raise refused from error
                failed += [Failure(at, refused.code, str(refused)) for at in range(start, len(messages))]
                break
            failed += [replace(one, index=start + one.index) for one in failures(answer, len(part), gone=entry_refused)]
        return failed

    def delete(self, letters: Sequence[DeadLetter]) -> Sequence[Failure]:
        """Out of the dead-letter queue, at most ten."""
        return self._queue.delete([letter.delivery for letter in letters])


def _entry(place: int, letter: DeadLetter, message: OutgoingMessage) -> Any:  # a TypedDict that only the stubs know
    entry: dict[str, Any] = {"Id": str(place), "MessageBody": message.body}
    if message.attributes:
        entry["MessageAttributes"] = {
            name: {
                "DataType": attribute.kind,
                "BinaryValue" if isinstance(attribute.value, bytes) else "StringValue": attribute.value,
            }
            for name, attribute in message.attributes.items()
        }
    if letter.delivery.trace_header:
        header = {"DataType": "String", "StringValue": letter.delivery.trace_header}
        entry["MessageSystemAttributes"] = {"AWSTraceHeader": header}
    if letter.group:
        entry["MessageGroupId"] = letter.group
    return entry
