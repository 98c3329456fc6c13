"""What do we ask a queue to carry? Layer 1, immutable, any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobqueue.messages.delivery import Attribute


@dataclass(frozen=True, slots=True, eq=False)
class OutgoingMessage:
    """A message to send: `body` is text, `attributes` at most ten (SQS's limit). `delay_seconds` is 0 to 900 (SQS's DelaySeconds)."""

    body: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    delay_seconds: int = 0

    def size(self) -> int:
        """Bytes as SQS counts them: the body and every attribute's name, type and value. Never raises, whatever the characters."""
        body = len(self.body) if self.body.isascii() else len(self.body.encode("utf-8", "surrogatepass"))
        return body + sum(attribute.size(name) for name, attribute in self.attributes.items())
