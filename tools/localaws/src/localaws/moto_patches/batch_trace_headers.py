"""System attributes of SendMessageBatch's entries, which moto drops: without them no trace header arrives."""

from __future__ import annotations

from typing import Any

from moto.sqs.models import SQSBackend

from localaws.moto_patches.graft import wrap


def close() -> None:
    """Corrects moto's batch."""
    wrap(SQSBackend, "send_message_batch", _send_message_batch)


def _send_message_batch(old: Any, backend: Any, queue_name: str, entries: dict[str, dict[str, Any]]) -> Any:
    messages, failed = old(backend, queue_name, entries)
    sent = {entry["Id"]: entry.get("MessageSystemAttributes") for entry in entries.values()}
    for message in messages:
        message.system_attributes = sent[message.user_id] or {}
    return messages, failed
