"""A message to send. Immutable, any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobqueue.messages.delivery import Attribute


@dataclass(frozen=True, slots=True, eq=False)
class OutgoingMessage:
    """`body` is text, `attributes` at most ten (SQS's limit). `delay_seconds` is 0 to 900 (SQS's DelaySeconds).

    `group_id` is SQS's MessageGroupId (fair queues: whose message it is, up to 128 characters), `trace_header` its AWSTraceHeader.
    """

    body: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    delay_seconds: int = 0
    group_id: str | None = None
    trace_header: str | None = None

    def size(self) -> int:
        """Bytes as SQS counts them: the body and every attribute's name, type and value. Never raises, whatever the characters.

        A trace header does not count (API_SendMessage, MessageSystemAttributes), nor does a group: it is a parameter of the call.
        """
        body = len(self.body) if self.body.isascii() else len(self.body.encode("utf-8", "surrogatepass"))
        return body + sum(attribute.size(name) for name, attribute in self.attributes.items())
