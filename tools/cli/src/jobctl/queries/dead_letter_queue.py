"""A dead-letter queue with its source queue, and every call on it.

Calls carry up to ten entries; failed entries are returned as values; nothing is retried here. Errors are `jobqueue.consumer.ports.QueueError`, whose
text says what to check. Letters are read through `dead_letters`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobctl.queries.dead_letter import DeadLetter, read_dead_letter
from jobqueue.client.boto_calls import BotoCalls
from jobqueue.messages.limits import MAX_MESSAGE_BYTES, MAX_PER_CALL
from jobqueue.sqs.errors import translated
from jobqueue.sqs.queue import SqsQueue, queue_name
from jobqueue.sqs.sender import send_parts

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from jobqueue.consumer.ports import Failure
    from jobqueue.messages.outgoing import OutgoingMessage

_COUNTS: list[Any] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


@dataclass(frozen=True)
class Depth:
    """Approximate counts of SQS. `hidden` letters are held by a reader: another look, another redrive, or one that was killed."""

    visible: int
    hidden: int


@dataclass
class DeadLetterQueue:
    """A dead-letter queue and its source, by their URLs. `source` is the name of the queue where letters came from and go back to."""

    client: SQSClient
    source_url: str
    url: str
    source: str = field(init=False)
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.source = queue_name(self.source_url)
        self.name = queue_name(self.url)
        self._calls = BotoCalls(self.client)
        self._queue = SqsQueue(self._calls, self.url, lease_seconds=0)

    def depth(self) -> Depth:
        """The approximate counts of letters."""
        attributes = self._attributes(self.url, _COUNTS)
        return Depth(*(int(attributes.get(name, 0)) for name in _COUNTS))

    def max_bytes(self) -> int:
        """The largest message that the source takes, attributes counted (its MaximumMessageSize)."""
        name = "MaximumMessageSize"
        return int(self._attributes(self.source_url, [name]).get(name, MAX_MESSAGE_BYTES))

    def receive(self, most: int, *, hide_seconds: int, wait_seconds: int) -> Sequence[DeadLetter]:
        """Up to `most` (at most 10) letters, hidden for `hide_seconds`. `wait_seconds` above 0 asks all of SQS's servers, not a sample:
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"""
        asked = {
            "QueueUrl": self.url,
            "MaxNumberOfMessages": min(most, MAX_PER_CALL),
            "WaitTimeSeconds": wait_seconds,
            "VisibilityTimeout": hide_seconds,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        with translated("ReceiveMessage", self.name):
            answer = self._calls.call("ReceiveMessage", asked)
        return [read_dead_letter(self.name, self.source, message) for message in answer.get("Messages", [])]

    def show(self, letters: Sequence[DeadLetter]) -> Sequence[Failure]:
        """Makes letters visible again at once, at most ten."""
        return self._queue.change_visibility([(letter.delivery, 0) for letter in letters])

    def delete(self, letters: Sequence[DeadLetter]) -> Sequence[Failure]:
        """Deletes letters, at most ten."""
        return self._queue.delete([letter.delivery for letter in letters])

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Failure]:
        """Sends to the source queue. Messages that SQS did not confirm are returned as failures, by index.

        Raises:
            QueueError: the first call failed as a whole (large messages may need several).
        """
        return send_parts(self._calls, self.source_url, messages)

    def _attributes(self, url: str, names: list[Any]) -> dict[str, str]:
        with translated("GetQueueAttributes", queue_name(url)):
            answer = self._calls.call("GetQueueAttributes", {"QueueUrl": url, "AttributeNames": names})
        return {str(name): value for name, value in answer.get("Attributes", {}).items()}
