"""Attributes of a queue that moto loses or returns in another form.

- RedriveAllowPolicy is unknown: the provider waits for it until it gives up.
- RedrivePolicy comes back with spaces in its JSON: the provider compares text.
- Setting any attribute drops the policy.
- A queue with a KMS key is reported as encrypted with SQS's own key.
"""

from __future__ import annotations

import json
from typing import Any

from moto.sqs.models import Queue

from localaws.moto_patches.graft import wrap

_ALLOW = "RedriveAllowPolicy"


def close() -> None:
    """Corrects moto's queue."""
    Queue.BASE_ATTRIBUTES.append(_ALLOW)
    for unset in ("redrive_allow_policy", "policy"):
        setattr(Queue, unset, None)
    wrap(Queue, "_set_attributes", _set_attributes)
    said = vars(Queue)["attributes"].fget
    # mypy sees a property as read-only also on the class.
    setattr(Queue, "attributes", property(lambda queue: _as_aws_says_them(said(queue))))  # noqa: B010


def _set_attributes(old: Any, queue: Any, attributes: dict[str, Any], now: float | None = None) -> None:
    sent = {"Policy": queue.policy, **attributes}
    if sent.get(_ALLOW) == "":  # how it is removed
        sent[_ALLOW] = None
    old(queue, sent, now)


def _as_aws_says_them(attributes: dict[str, Any]) -> dict[str, Any]:
    said = dict(attributes)
    if said.get("RedrivePolicy"):
        said["RedrivePolicy"] = json.dumps(json.loads(said["RedrivePolicy"]), separators=(",", ":"))
    if said.get("KmsMasterKeyId"):
        said["SqsManagedSseEnabled"] = "false"
    return said
