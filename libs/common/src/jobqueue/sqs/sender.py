"""The SQS sender; called by the settler's callers and by handlers, from any thread. Never retries by itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jobqueue.consumer.ports import Failure, QueueError
from jobqueue.messages.limits import MAX_ATTRIBUTES, MAX_CALL_BYTES, MAX_PER_CALL
from jobqueue.sqs.errors import entry_refused, translated
from jobqueue.sqs.queue import failures, queue_name

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls
    from jobqueue.messages.delivery import Attribute
    from jobqueue.messages.outgoing import OutgoingMessage


class SqsSender:
    """Implements `Sender` over one standard SQS queue. `max_bytes` is the queue's MaximumMessageSize, attributes counted."""

    def __init__(self, calls: Calls, url: str, *, max_bytes: int) -> None:
        self.name = queue_name(url)
        self._calls = calls
        self._url = url
        self._max_bytes = max_bytes

    def refusal(self, message: OutgoingMessage) -> str | None:
        """See the port."""
        if len(message.attributes) > MAX_ATTRIBUTES:
            return f"too_large: {len(message.attributes)} attributes, SQS takes {MAX_ATTRIBUTES}"
        size = message.size()
        if size > self._max_bytes:
            return (
                f"too_large: {size:,} bytes with attributes, {self.name} takes {self._max_bytes:,} (MAX_MESSAGE_BYTES)"
            )
        return None

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Failure]:
        """See the port."""
        return send_parts(self._calls, self._url, messages)


def send_parts(calls: Calls, url: str, messages: Sequence[OutgoingMessage]) -> Sequence[Failure]:
    """To a queue, in as many calls as it takes; what is not confirmed is a failure, by its place.

    Raises:
        QueueError: the first call failed as a whole.
    """
    failed: list[Failure] = []
    for start, part in split(messages):
        entries = [_entry(index, message) for index, message in enumerate(part)]
        try:
            with translated("SendMessage", queue_name(url)):
                answer = calls.call("SendMessageBatch", {"QueueUrl": url, "Entries": entries})
                lost = failures(answer, len(part), gone=entry_refused)
        except QueueError as error:
            if start == 0:
                raise
            failed += [Failure(index, error.code, str(error)) for index in range(start, len(messages))]
            break
        failed += [replace(one, index=start + one.index) for one in lost]
    return failed


def split(messages: Sequence[OutgoingMessage]) -> Iterator[tuple[int, Sequence[OutgoingMessage]]]:
    """Parts that one call takes, in order, each with the place of its first message: at most 10 messages and 1 MiB."""
    start = size = 0
    for index, message in enumerate(messages):
        added = message.size()
        if index > start and (index - start == MAX_PER_CALL or size + added > MAX_CALL_BYTES):
            yield start, messages[start:index]
            start, size = index, 0
        size += added
    if start < len(messages):
        yield start, messages[start:]


def _entry(index: int, message: OutgoingMessage) -> dict[str, Any]:
    entry: dict[str, Any] = {"Id": str(index), "MessageBody": message.body}
    if message.delay_seconds:
        entry["DelaySeconds"] = message.delay_seconds
    if message.group_id:
        entry["MessageGroupId"] = message.group_id
    if message.trace_header:
        header = {"DataType": "String", "StringValue": message.trace_header}
        entry["MessageSystemAttributes"] = {"AWSTraceHeader": header}
    if message.attributes:
        entry["MessageAttributes"] = {name: _stated(attribute) for name, attribute in message.attributes.items()}
    return entry


def _stated(attribute: Attribute) -> dict[str, str]:
    if isinstance(attribute.value, bytes):
        return {"DataType": attribute.kind, "BinaryValue": b64encode(attribute.value).decode()}
    return {"DataType": attribute.kind, "StringValue": attribute.value}
