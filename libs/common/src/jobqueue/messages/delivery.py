"""What did the queue hand us? Layer 1, immutable, made by the queue adapter and read by every thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobqueue.messages.surplus import SURPLUS, unpack


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
    def queue_wait_seconds(self) -> float:
        """How long the message waited between its first send and this receive."""
        return max(0.0, (self.received_ms - self.sent_ms) / 1000)
