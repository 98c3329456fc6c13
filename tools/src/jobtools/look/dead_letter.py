"""What is known of one dead letter? Layer: tools, immutable; its attributes say why, see `jobqueue.messages.dead_letter`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobqueue.messages import dead_letter as names
from jobqueue.telemetry.trace_headers import TRACEPARENT, read_traceparent

MOVED_BY_SQS = "moved_by_sqs"
"""Our word for a letter without a reason: SQS's own redrive moved it, because it killed its workers."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`job_id` and `trace_id` are empty where the message had none. `receives` is 0 where only SQS knows."""

    queue: str
    message_id: str
    reason: str
    error: str
    service: str
    job_id: str
    trace_id: str
    receives: int
    body: str


def read_dead_letter(queue: str, message: Mapping[str, Any]) -> DeadLetter:
    """From one message of boto3's `receive_message`, all attributes asked for."""
    attributes = message.get("MessageAttributes", {})
    said = {name: value.get("StringValue", "") for name, value in attributes.items()}
    parent = read_traceparent(said.get(TRACEPARENT, ""))
    receives = said.get(names.RECEIVE_COUNT, "")
    return DeadLetter(
        queue=queue,
        message_id=message["MessageId"],
        reason=said.get(names.REASON) or MOVED_BY_SQS,
        error=said.get(names.ERROR, ""),
        service=said.get(names.SERVICE, ""),
        job_id=said.get("jobId", ""),
        trace_id=parent.trace_id if parent is not None else said.get(names.TRACE_ID, ""),
        receives=int(receives) if receives.isdecimal() else 0,
        body=message["Body"],
    )
