"""Queues: attributes that moto loses or returns in another form, trace headers of batches, deletes and long polls.

- RedriveAllowPolicy is unknown: the provider waits for it until it gives up.
- RedrivePolicy comes back with spaces in its JSON: the provider compares text.
- Setting any attribute drops the policy.
- A queue with a KMS key is reported as encrypted with SQS's own key.
- SendMessageBatch drops its entries' system attributes: no trace header arrives.
- A delete rebuilds the list of messages without the lock of a send: a message that is added after its loop and before its assignment is lost.
- A long poll looks once a second for messages that are visible again.
"""

from __future__ import annotations

import json
from typing import Any

from moto.sqs.models import Queue, SQSBackend

from localaws.moto_patches.patching import wrap

LOOK_SECONDS = 0.1
_ALLOW = "RedriveAllowPolicy"


def patch_messages() -> None:
    """Deletes exclude sends, and long polls look more often: what plain moto gets too, where many messages pass."""
    wrap(Queue, "delete_message", delete_without_sends)
    wrap(Queue, "wait_for_messages", lambda old, queue, timeout: old(queue, min(timeout, LOOK_SECONDS)))


def patch() -> None:
    """Corrects moto's queue and batch."""
    Queue.BASE_ATTRIBUTES.append(_ALLOW)
    for unset in ("redrive_allow_policy", "policy"):
        setattr(Queue, unset, None)
    wrap(Queue, "_set_attributes", _set_attributes)
    read = vars(Queue)["attributes"].fget
    # mypy sees a property as read-only also on the class.
    setattr(Queue, "attributes", property(lambda queue: _as_aws_answers(read(queue))))  # noqa: B010
    wrap(SQSBackend, "send_message_batch", _send_message_batch)


def delete_without_sends(old: Any, queue: Any, receipt_handle: str) -> None:
    """Queue.delete_message in the lock that Queue.add_message takes."""
    with queue._messages_lock:  # noqa: SLF001 (it has no public name)
        old(queue, receipt_handle)


def _set_attributes(old: Any, queue: Any, attributes: dict[str, Any], now: float | None = None) -> None:
    sent = {"Policy": queue.policy, **attributes}
    if sent.get(_ALLOW) == "":  # how it is removed
        sent[_ALLOW] = None
    old(queue, sent, now)


def _as_aws_answers(attributes: dict[str, Any]) -> dict[str, Any]:
    answer = dict(attributes)
    if answer.get("RedrivePolicy"):
        answer["RedrivePolicy"] = json.dumps(json.loads(answer["RedrivePolicy"]), separators=(",", ":"))
    if answer.get("KmsMasterKeyId"):
        answer["SqsManagedSseEnabled"] = "false"
    return answer


def _send_message_batch(old: Any, backend: Any, queue_name: str, entries: dict[str, dict[str, Any]]) -> Any:
    messages, failed = old(backend, queue_name, entries)
    sent = {entry["Id"]: entry.get("MessageSystemAttributes") for entry in entries.values()}
    for message in messages:
        message.system_attributes = sent[message.user_id] or {}
    return messages, failed
