"""Standard queue as a state machine: each message is visible, in flight, delayed or gone.

Every method is given the time. The cost of a receive depends on what it returns, not on the queue's length: visible messages wait in a deque, the
others in a heap by their due time, and stale entries are dropped when met. Nothing here waits, or writes to a connection.

Receipt handles, for which AWS leaves room (API_DeleteMessage, API_ChangeMessageVisibility):
- delete with the newest handle deletes, also once the lease has lapsed;
- delete with an older handle succeeds and deletes nothing ("the message might not be deleted");
- changing the visibility of a message that is visible again is `MessageNotInflight`;
- changing it with an older handle while a newer receive holds the message takes effect, as was seen with AWS: a worker that acts on a lost lease
  disturbs the new owner here as it would there.
"""

import base64
import heapq
import os
from collections import deque
from typing import NamedTuple

from localaws.fast_aws.errors import invalid_value, sqs_error
from localaws.fast_aws.message import Message, Place
from localaws.fast_aws.queue_settings import QueueSettings

MAX_VISIBILITY_SECONDS = 43_200
"""12 hours, counted from the receive (API_ChangeMessageVisibility)."""

_COMPACT_AT = 4096
"""Stale heap entries worth a rebuild; below it the memory does not matter."""


class Taken(NamedTuple):
    message: Message
    handle: str


class Received(NamedTuple):
    taken: list[Taken]
    exhausted: list[Message]
    """Removed from this queue: this receive would have exceeded the redrive policy's maxReceiveCount."""


class Queue:
    """Owns its messages. All times are monotonic seconds, except `now_ms` (Unix milliseconds)."""

    def __init__(self, name: str, arn: str, settings: QueueSettings, created: int) -> None:
        self.name = name
        self.arn = arn
        self.settings = settings
        self.created = created
        # As long as AWS's own, so that answers weigh the same; unknown to every other queue.
        self._handle_prefix = "AQEB" + base64.b64encode(os.urandom(120)).decode() + "."
        self._messages: dict[int, Message] = {}
        self._visible: deque[Message] = deque()
        self._timers: list[tuple[float, int]] = []
        self._count = dict.fromkeys(Place, 0)

    def put(self, message: Message, delay_seconds: float, now: float) -> None:
        self._messages[message.serial] = message
        if delay_seconds > 0:
            self._hide(message, Place.DELAYED, now + delay_seconds)
        else:
            self._show(message)

    def receive(
        self, limit: int, visibility_seconds: int, max_receives: int | None, now: float, now_ms: int
    ) -> Received:
        self.advance(now)
        taken: list[Taken] = []
        exhausted: list[Message] = []
        while self._visible and len(taken) < limit:
            message = self._visible.popleft()
            if message.place is not Place.VISIBLE:
                continue  # deleted while visible
            if max_receives is not None and message.receive_count >= max_receives:
                self._remove(message)
                exhausted.append(message)
                continue
            message.receive_count += 1
            message.received_at = now
            message.first_received_ms = message.first_received_ms or now_ms
            self._hide(message, Place.IN_FLIGHT, now + visibility_seconds)
            handle = f"{self._handle_prefix}{message.serial}.{message.receive_count}"
            taken.append(Taken(message, handle))
        return Received(taken, exhausted)

    def delete(self, handle: str, now: float) -> None:
        """Raises: AwsError ReceiptHandleIsInvalid when this queue never issued the handle."""
        self.advance(now)
        serial, count = self._parse(handle)
        message = self._messages.get(serial)
        if message is not None and message.receive_count == count:
            self._remove(message)

    def change_visibility(self, handle: str, seconds: int, now: float) -> None:
        """Raises: AwsError ReceiptHandleIsInvalid, MessageNotInflight or InvalidParameterValue."""
        self.advance(now)
        if not 0 <= seconds <= MAX_VISIBILITY_SECONDS:
            raise invalid_value(seconds, "VisibilityTimeout", f"Must be between 0 and {MAX_VISIBILITY_SECONDS}.")
        serial, _ = self._parse(handle)
        message = self._messages.get(serial)
        if message is None:
            reason = "Message does not exist or is not available for visibility timeout change."
            raise invalid_value(handle, "ReceiptHandle", reason)
        if message.place is not Place.IN_FLIGHT:
            raise sqs_error("MessageNotInflight", "The specified message isn't in flight.")
        # Whole seconds: the full 12 hours must be accepted right after the receive.
        if int(now - message.received_at) + seconds > MAX_VISIBILITY_SECONDS:
            limit = f"[{MAX_VISIBILITY_SECONDS} seconds]"
            reason = f"Total VisibilityTimeout for the message is beyond the limit {limit}"
            raise invalid_value(seconds, "VisibilityTimeout", reason)
        if seconds == 0:
            self._show(message)
        else:
            self._hide(message, Place.IN_FLIGHT, now + seconds)

    def advance(self, now: float) -> None:
        """Make visible every message whose time has come."""
        timers = self._timers
        while timers and timers[0][0] <= now:
            due, serial = heapq.heappop(timers)
            message = self._messages.get(serial)
            if message is not None and message.due == due and message.place is not Place.VISIBLE:
                self._show(message)

    def next_due(self) -> float | None:
        """The earliest time at which a message may become visible; may be early, never late."""
        return self._timers[0][0] if self._timers else None

    def has_visible(self) -> bool:
        return self._count[Place.VISIBLE] > 0

    def counts(self, now: float) -> dict[str, int]:
        self.advance(now)
        return {place.value: self._count[place] for place in (Place.VISIBLE, Place.IN_FLIGHT, Place.DELAYED)}

    def _parse(self, handle: str) -> tuple[int, int]:
        serial, dot, count = handle.removeprefix(self._handle_prefix).partition(".")
        if not (handle.startswith(self._handle_prefix) and dot and serial.isdecimal() and count.isdecimal()):
            raise sqs_error(
                "ReceiptHandleIsInvalid",
                f'The input receipt handle "{handle}" is not a valid receipt handle.',
            )
        return int(serial), int(count)

    def _place(self, message: Message, place: Place) -> None:
        if message.place is not Place.GONE:
            self._count[message.place] -= 1
        message.place = place
        if place is not Place.GONE:
            self._count[place] += 1

    def _show(self, message: Message) -> None:
        self._place(message, Place.VISIBLE)
        self._visible.append(message)

    def _hide(self, message: Message, place: Place, due: float) -> None:
        self._place(message, place)
        message.due = due
        heapq.heappush(self._timers, (due, message.serial))
        if len(self._timers) > _COMPACT_AT and len(self._timers) > 2 * len(self._messages):
            hidden = (m for m in self._messages.values() if m.place is not Place.VISIBLE)
            self._timers = [(m.due, m.serial) for m in hidden]
            heapq.heapify(self._timers)

    def _remove(self, message: Message) -> None:
        del self._messages[message.serial]
        self._place(message, Place.GONE)
