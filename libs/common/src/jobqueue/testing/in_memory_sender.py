"""A sender to an in-memory queue, with SQS's own checks, so that what passes here passes there.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html and the Developer Guide's
"Amazon SQS message metadata". An entry that SQS would refuse comes back as a failure that is `gone`; the others are sent. Methods may be
called from any thread.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

from jobqueue.consumer.ports import Failure
from jobqueue.messages.limits import MAX_ATTRIBUTES, MAX_DELAY_SECONDS
from jobqueue.testing.faults import Faults

if TYPE_CHECKING:
    from jobqueue.messages.delivery import Attribute
    from jobqueue.messages.outgoing import OutgoingMessage
    from jobqueue.testing.in_memory_queue import InMemoryQueue
    from jobqueue.testing.message_store import Fault

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"(?!(?i:aws|amazon)\.)(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)")
_GROUP = re.compile(r"[!-~]{1,128}")
_KIND = re.compile(r"(?:String|Number|Binary)(?:\..+)?")


class InMemorySender:
    """Implements `Sender` into one `InMemoryQueue`. `faults` plans failures, `calls` counts the calls of `send`."""

    def __init__(self, queue: InMemoryQueue, *, max_bytes: int = 262_144) -> None:
        self.name = queue.name
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self._lock = Lock()
        self._queue = queue
        self._max_bytes = max_bytes

    def refusal(self, message: OutgoingMessage) -> str | None:
        """See the port."""
        if len(message.attributes) > MAX_ATTRIBUTES:
            return f"too_large: {len(message.attributes)} attributes, {self.name} takes {MAX_ATTRIBUTES}"
        size = message.size()
        if size > self._max_bytes:
            return f"too_large: {size:,} bytes with attributes, {self.name} takes {self._max_bytes:,}"
        return None

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Failure]:
        """See the port."""
        with self._lock:
            self.calls["send"] += 1
        planned = self.faults.next("send")
        failed = []
        for index, message in enumerate(messages):
            if index in planned.entries:
                failed.append(planned.entries[index])
            elif (fault := self._fault(message)) is not None:
                failed.append(Failure(index, *fault, gone=True))
            else:
                self._queue.put(
                    message.body,
                    message.attributes,
                    delay_seconds=message.delay_seconds,
                    trace_header=message.trace_header,
                    group_id=message.group_id,
                )
        planned.finish()
        return failed

    def _fault(self, message: OutgoingMessage) -> Fault | None:
        if not message.body:
            return "MissingParameter", "the body is empty"
        if _FORBIDDEN.search(message.body):
            return "InvalidMessageContents", "the body has characters outside the allowed set"
        refusal = self.refusal(message)
        if refusal is not None:
            return "InvalidParameterValue", refusal
        if not 0 <= message.delay_seconds <= MAX_DELAY_SECONDS:
            return "InvalidParameterValue", f"a delay of {message.delay_seconds} s"
        if message.group_id and not _GROUP.fullmatch(message.group_id):
            return "InvalidParameterValue", f"the group {message.group_id!r}"
        faulty = [name for name, attribute in message.attributes.items() if not _valid(name, attribute)]
        return ("InvalidParameterValue", f"the attributes {faulty}") if faulty else None


def _valid(name: str, attribute: Attribute) -> bool:
    if not attribute.value or not _NAME.fullmatch(name) or not _KIND.fullmatch(attribute.kind):
        return False
    if isinstance(attribute.value, bytes):
        return attribute.kind.startswith("Binary")
    if attribute.kind.startswith("Binary") or _FORBIDDEN.search(attribute.value):
        return False
    return not attribute.kind.startswith("Number") or _is_number(attribute.value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
