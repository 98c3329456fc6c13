"""A message of a dead-letter queue, and the job that it was.

Its attributes say why it is dead, see `jobqueue.messages.dead_letter`; a letter without them was moved by SQS itself.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from jobqueue.messages import dead_letter as names
from jobqueue.messages.correlation_id import check_correlation_id
from jobqueue.messages.delivery import Delivery
from jobqueue.messages.errors import Undecodable
from jobqueue.messages.job import best_job_id, stated_fields
from jobqueue.messages.json import JsonObject
from jobqueue.sqs.queue import read_attribute
from jobqueue.telemetry.trace_headers import TRACEPARENT, read_traceparent

MOVED_BY_SQS = "moved_by_sqs"
"""The reason of a letter without one: the redrive policy of SQS moved it, because it crashed its workers."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A received dead letter. `delivery.queue` is the name of the queue that it came from (a derived job id depends on that name), `queue` that of
    the dead-letter queue.
    """

    delivery: Delivery
    queue: str

    @property
    def message_id(self) -> str:
        """SQS's id of this letter: the original's if SQS moved it; a letter that a worker sent has its own."""
        return self.delivery.message_id

    @property
    def reason(self) -> str:
        """Why it is dead; `moved_by_sqs` if it does not say."""
        return self.delivery.text(names.REASON) or MOVED_BY_SQS

    @property
    def error(self) -> str:
        """The type and the text of the last error; may be empty."""
        kind, text = self.delivery.text(names.ERROR_TYPE) or "", self.delivery.text(names.ERROR) or ""
        return f"{kind}: {text}" if kind and text and not text.startswith(kind) else text or kind

    @property
    def service(self) -> str:
        """Name and version of the service that dead-lettered it; empty if SQS moved it."""
        return self.delivery.text(names.SERVICE) or ""

    @property
    def receives(self) -> int:
        """How often the original was received; 0 if the letter does not say."""
        count = self.delivery.text(names.RECEIVE_COUNT) or ""
        return int(count) if count.isdecimal() else 0

    @property
    def job_type(self) -> str:
        """The key of a catalogue: a trigger's name or a background job's type; `-` if the letter does not say."""
        fields = self.fields()
        for stated in (fields.get("trigger"), fields.get("jobType"), self.delivery.text("jobType")):
            if isinstance(stated, str) and stated:
                return stated
        return "-"

    @property
    def job_id(self) -> str:
        """The job id that the worker used: stated, else derived from MessageId and SentTimestamp."""
        return best_job_id(self.delivery)

    @property
    def correlation_id(self) -> str | None:
        """The correlation id that the worker used: stated, else, if SQS moved the letter, the original's MessageId. None: it stated an invalid one,
        or an older worker's letter did not carry it."""
        stated = self.delivery.text("correlationId") or self.fields().get("correlationId")
        if stated is None:
            return self.delivery.first_message_id if self.reason == MOVED_BY_SQS else None
        try:
            return check_correlation_id(stated)
        except Undecodable:
            return None

    @property
    def trace_id(self) -> str:
        """The W3C id of the message's trace, else of the trace of its last attempt; empty if there is none."""
        parent = read_traceparent(self.delivery.text(TRACEPARENT) or "")
        return parent.trace_id if parent is not None else self.delivery.text(names.TRACE_ID) or ""

    @property
    def body(self) -> str:
        """The body as it was received."""
        return self.delivery.body

    def fields(self) -> JsonObject:
        """The body's fields as a worker reads them (an event's: those of its trigger); none if it cannot be read."""
        return stated_fields(self.delivery.body)

    def without_content(self) -> DeadLetter:
        """The letter without body and attributes: enough to make it visible again, and small enough to keep thousands in memory."""
        return DeadLetter(replace(self.delivery, body="", attributes={}), self.queue)

    def age_seconds(self, now_ms: int) -> float:
        """Seconds since SQS's SentTimestamp: since it was dead-lettered by a worker; if SQS moved it, since it was first sent."""
        return max(0.0, (now_ms - self.delivery.sent_ms) / 1000)


def read_dead_letter(queue: str, source: str, message: Mapping[str, Any]) -> DeadLetter:
    """The letter of a message of ReceiveMessage, called for all attributes. `queue` and `source` are the queues' names."""
    system = message["Attributes"]
    delivery = Delivery(
        queue=source,
        message_id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        receive_count=int(system["ApproximateReceiveCount"]),
        sent_ms=int(system["SentTimestamp"]),
        received_at=time.monotonic(),
        received_ms=time.time_ns() // 1_000_000,
        attributes={name: read_attribute(value) for name, value in message.get("MessageAttributes", {}).items()},
        trace_header=system.get("AWSTraceHeader"),
        group_id=system.get("MessageGroupId"),
    )
    return DeadLetter(delivery, queue)
