"""Deliveries and dead letters, made for the tests of repairs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jobctl.queries.dead_letter import DeadLetter
from jobqueue.messages.dead_letter import Diagnosis, dead_letters
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.job import best_job_id
from jobqueue.messages.outgoing import OutgoingMessage

SENT_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""
ORDERS = "shop-dev-orders"


def delivery(
    body: str | None = None,
    attributes: Mapping[str, Attribute] | None = None,
    *,
    message_id: str = "m-1",
    sent_ms: int = SENT_MS,
    queue: str = ORDERS,
    trace_header: str | None = None,
    group_id: str | None = None,
) -> Delivery:
    """A third delivery."""
    return Delivery(
        queue=queue,
        message_id=message_id,
        receipt=f"r-{message_id}",
        body=json.dumps({"trigger": "api_call"}) if body is None else body,
        receive_count=3,
        sent_ms=sent_ms,
        received_at=1_000.0,
        received_ms=sent_ms + 1_000,
        attributes=attributes or {},
        trace_header=trace_header,
        group_id=group_id,
    )


def died(original: Delivery, reason: str = "attempts_exhausted", error: str = "boom") -> OutgoingMessage:
    """Returns the message that a worker sends to the dead-letter queue for `original`."""
    diagnosis = Diagnosis(
        reason, "ValueError", error, "orders", "1.0.0", job_id=best_job_id(original), trace_id="a" * 32
    )
    return next(dead_letters(original, diagnosis))


def letter(original: Delivery, reason: str = "attempts_exhausted", error: str = "boom", **changed: Any) -> DeadLetter:
    """Returns the dead letter of `original`, as a worker makes it."""
    message = died(original, reason, error)
    placed = {"message_id": "dead-1", "sent_ms": original.sent_ms + 5_000, **changed}
    return moved(delivery(message.body, message.attributes, queue=original.queue, **placed))


def moved(original: Delivery) -> DeadLetter:
    """Returns the dead letter of `original`, as SQS's own redrive makes it."""
    return DeadLetter(original, f"{original.queue}-dlq")


def as_received(message: OutgoingMessage, message_id: str = "new-1") -> Delivery:
    """Returns `message` as a worker receives it just after it was sent."""
    return delivery(message.body, message.attributes, message_id=message_id, sent_ms=SENT_MS + 9_000)
