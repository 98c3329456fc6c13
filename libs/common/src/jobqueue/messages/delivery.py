"""Deliveries: received messages. Immutable, made by the queue adapter and read by every thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobqueue.messages.history import HISTORY, History, read_history
from jobqueue.messages.surplus import SURPLUS, unpack

MAX_LOST_ATTEMPTS = 2
"""How many receives without a known end count as attempts. Of failures that were hidden there are no more: the next one goes back as a copy that
knows them (`consumer.suspects.SUSPECT_AFTER`). Other lost receives (of a killed worker) must not use up a job's attempts."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One SQS message attribute. `kind` is SQS's data type: `String`, `Number`, `Binary`, or one of these with `.custom` behind."""

    value: str | bytes
    kind: str = "String"

    def size(self, name: str) -> int:
        """Bytes that SQS counts towards a message's size: name, type and value."""
        value = self.value if isinstance(self.value, bytes) else self.value.encode("utf-8", "surrogatepass")
        return len(name.encode()) + len(self.kind) + len(value)


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """One received copy of a message. Two copies of the same message are two deliveries: compared by identity, never by content.

    `receive_count` is SQS's ApproximateReceiveCount, 1 at the first receive. `sent_ms` is its SentTimestamp. `received_at` is monotonic
    seconds, `received_ms` the wall clock. `trace_header` is SQS's AWSTraceHeader and `group_id` its MessageGroupId, where the sender set one.

    `history` is what a copy that was given back knows of the message before it. All three are SQS's own, of this copy: `message_id`,
    `receive_count`, `sent_ms`. For the message as its producer sent it ask for `first_message_id`, `receives`, `first_sent_ms`.
    """

    queue: str
    message_id: str
    receipt: str
    body: str
    receive_count: int
    sent_ms: int
    received_at: float
    received_ms: int
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    trace_header: str | None = None
    group_id: str | None = None
    history: History | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Reads the history, where there is one."""
        stated = self.attributes.get(HISTORY)
        if stated is not None:
            object.__setattr__(self, "history", read_history(stated.value))

    def text(self, name: str) -> str | None:
        """The value of a string attribute, also of one that came in the surplus; or None."""
        attribute = self.attributes.get(name)
        if attribute is not None:
            value: str | bytes | None = attribute.value
        else:
            surplus = self.attributes.get(SURPLUS)
            value = None if surplus is None else unpack(surplus.value).get(name, (None, ""))[0]
        return value if isinstance(value, str) else None

    @property
    def first_message_id(self) -> str:
        """The MessageId that the producer got."""
        return self.message_id if self.history is None else self.history.message_id

    @property
    def first_sent_ms(self) -> int:
        """When the producer sent it."""
        return self.sent_ms if self.history is None else self.history.sent_ms

    @property
    def receives(self) -> int:
        """Of the message and all its copies, this one included."""
        return self.receive_count + (0 if self.history is None else self.history.receives)

    @property
    def lost(self) -> int:
        """Receives before this one of which no end is known, since the last known end. Failures that were hidden are among them: SQS counts
        only receives."""
        if self.history is None:
            return self.receive_count - 1
        held = 1 if self.history.held_until_ms and self.receive_count > 1 else 0
        return self.history.lost + self.receive_count - 1 - held

    @property
    def attempt(self) -> int:
        """The number of the handler's run, 1 at first: given back at a stop, a message keeps it."""
        known = 0 if self.history is None else self.history.attempts
        return known + min(self.lost, MAX_LOST_ATTEMPTS) + 1

    @property
    def queue_wait_seconds(self) -> float:
        """How long the message waited between its first send and this receive."""
        return max(0.0, (self.received_ms - self.first_sent_ms) / 1000)
