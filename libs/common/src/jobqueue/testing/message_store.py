"""The messages of an in-memory queue: visible, in flight, delayed or gone. No lock, no clock, one caller at a time.

The behaviour is that of a standard SQS queue as AWS documents it. Where AWS leaves room, it is what is worse for a consumer:

- deleting with the receipt of an earlier receive succeeds and deletes nothing (API_DeleteMessage: "might not be deleted");
- hiding with it takes effect on the newer receive, so that acting on a lost lease harms its new owner;
- hiding a message that is visible again fails with `MessageNotInflight` (API_ChangeMessageVisibility).

It never loses, reorders or duplicates a message by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count

from jobqueue.messages.delivery import Attribute
from jobqueue.messages.limits import MAX_VISIBILITY_SECONDS

_RECEIPT = re.compile(r"(.+)/(\d+)/(\d+)")

Fault = tuple[str, str]
"""SQS's error code, and what happened."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message as the queue keeps it now. Times are seconds of the queue's clock; `received_at` is None before the first receive."""

    message_id: str
    body: str
    attributes: Mapping[str, Attribute]
    trace_header: str | None
    group_id: str | None
    sent_ms: int
    visible_at: float
    receive_count: int = 0
    received_at: float | None = None


class MessageStore:
    """The messages of one queue, in the order they came. Owned by `InMemoryQueue`, which calls it under its lock."""

    def __init__(self, queue: str) -> None:
        self._queue = queue
        self._numbers = count(1)
        self._messages: dict[int, StoredMessage] = {}

    def __len__(self) -> int:
        return len(self._messages)

    def all(self) -> list[StoredMessage]:
        """Every message, oldest first."""
        return list(self._messages.values())

    def put(self, kept: StoredMessage) -> None:
        """Adds a message."""
        self._messages[next(self._numbers)] = kept

    def next_visible_at(self, otherwise: float) -> float:
        """When the next message becomes visible, `otherwise` at the latest."""
        return min([otherwise, *(kept.visible_at for kept in self._messages.values())])

    def take(self, max_messages: int, now: float, lease_seconds: float) -> list[tuple[str, StoredMessage]]:
        """Receives up to `max_messages` visible messages, each with its new receipt."""
        visible = [number for number, kept in self._messages.items() if kept.visible_at <= now][:max_messages]
        taken = []
        for number in visible:
            kept = self._messages[number]
            received = replace(
                kept, receive_count=kept.receive_count + 1, received_at=now, visible_at=now + lease_seconds
            )
            self._messages[number] = received
            taken.append((f"{self._queue}/{number}/{received.receive_count}", received))
        return taken

    def remove_exhausted(self, now: float, max_receive_count: int) -> list[StoredMessage]:
        """Removes what is visible and was received `max_receive_count` times: SQS's redrive, at the receive that would be one more."""
        exhausted = [
            number
            for number, kept in self._messages.items()
            if kept.visible_at <= now and kept.receive_count >= max_receive_count
        ]
        return [self._messages.pop(number) for number in exhausted]

    def delete(self, receipt: str) -> Fault | None:
        """Deletes by the receipt of the newest receive, also when its lease has lapsed."""
        found = self._found(receipt)
        if found is None:
            return "ReceiptHandleIsInvalid", f"{receipt!r} is not a receipt of {self._queue}"
        number, receive_count = found
        kept = self._messages.get(number)
        if kept is not None and kept.receive_count == receive_count:
            del self._messages[number]
        return None

    def change_visibility(self, receipt: str, seconds: int, now: float) -> Fault | None:
        """Sets how long from now a message in flight stays hidden."""
        found = self._found(receipt)
        if found is None:
            return "ReceiptHandleIsInvalid", f"{receipt!r} is not a receipt of {self._queue}"
        kept = self._messages.get(found[0])
        if kept is None:
            return (
                "InvalidParameterValue",
                "the message does not exist or is not available for visibility timeout change",
            )
        if kept.received_at is None or kept.visible_at <= now:
            return "MessageNotInflight", "the message is not in flight"
        if seconds < 0 or int(now - kept.received_at) + seconds > MAX_VISIBILITY_SECONDS:
            return (
                "InvalidParameterValue",
                f"{seconds} s more would hide it beyond {MAX_VISIBILITY_SECONDS} s from its receive",
            )
        self._messages[found[0]] = replace(kept, visible_at=now + seconds)
        return None

    def _found(self, receipt: str) -> tuple[int, int] | None:
        found = _RECEIPT.fullmatch(receipt)
        return (int(found[2]), int(found[3])) if found is not None and found[1] == self._queue else None
