"""How does a repair talk to SQS? Layer: tools, main thread; the only file of the repair that calls it.

A dead-letter queue and the queue that its letters came from. Calls carry ten; what an entry failed of comes back as values; nothing is retried
here. Errors are `jobqueue.consumer.ports.QueueError`, whose text says what to check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jobqueue.consumer.ports import Failure
from jobqueue.sqs.errors import CALL_FAILED, entry_refused, translate
from jobqueue.sqs.limits import ENTRIES_PER_CALL, MOST_MESSAGE_BYTES
from jobqueue.sqs.queue import SqsQueue, failures, queue_name
from jobqueue.sqs.sender import split
from jobtools.jobs.repair.letter import Letter, read_letter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from jobqueue.messages.outgoing import OutgoingMessage

_COUNTS: list[Any] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


@dataclass(frozen=True)
class Addresses:
    """URLs of a queue and of its dead-letter queue."""

    source: str
    dead: str


@dataclass(frozen=True)
class Depth:
    """SQS's approximations. `hidden` letters are in somebody's hands: another look, another redrive, or one that was killed."""

    visible: int
    hidden: int


@dataclass
class DeadQueue:
    """One pair. Owns nothing but its addresses."""

    client: SQSClient
    addresses: Addresses
    source: str = field(init=False)
    """The name of the queue that letters came from and go back to."""
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.source = queue_name(self.addresses.source)
        self.name = queue_name(self.addresses.dead)
        self._queue = SqsQueue(self.client, self.addresses.dead, lease_seconds=0)

    def depth(self) -> Depth:
        """How many letters there are."""
        said = self._attributes(self.addresses.dead, _COUNTS)
        return Depth(*(int(said.get(name, 0)) for name in _COUNTS))

    def most_bytes(self) -> int:
        """The largest message that the source takes, attributes counted (its MaximumMessageSize)."""
        return int(
            self._attributes(self.addresses.source, ["MaximumMessageSize"]).get(
                "MaximumMessageSize", MOST_MESSAGE_BYTES
            )
        )

    def receive(self, most: int, *, hide_seconds: int, wait_seconds: int) -> Sequence[Letter]:
        """Up to `most` (at most 10) letters, hidden for `hide_seconds`. `wait_seconds` above 0 asks all of SQS's servers, not a sample:
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"""
        try:
            answer = self.client.receive_message(
                QueueUrl=self.addresses.dead,
                MaxNumberOfMessages=min(most, ENTRIES_PER_CALL),
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=hide_seconds,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        except CALL_FAILED as error:
            raise translate(error, action="ReceiveMessage", queue=self.name) from error
        return [read_letter(self.source, message) for message in answer.get("Messages", [])]

    def send(self, messages: Sequence[tuple[Letter, OutgoingMessage]]) -> Sequence[Failure]:
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

    def delete(self, letters: Sequence[Letter]) -> Sequence[Failure]:
        """Out of the dead-letter queue, at most ten."""
        return self._queue.delete([letter.delivery for letter in letters])

    def show(self, letters: Sequence[Letter]) -> Sequence[Failure]:
        """Visible again at once, at most ten."""
        return self._queue.hide([(letter.delivery, 0) for letter in letters])

    def _attributes(self, url: str, names: list[Any]) -> dict[str, str]:
        try:
            answer = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        except CALL_FAILED as error:
            raise translate(error, action="GetQueueAttributes", queue=queue_name(url)) from error
        return {str(name): value for name, value in answer.get("Attributes", {}).items()}


def _entry(place: int, letter: Letter, message: OutgoingMessage) -> Any:  # a TypedDict that only the stubs know
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
