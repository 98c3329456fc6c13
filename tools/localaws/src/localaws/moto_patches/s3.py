"""Buckets whose policy denies plain HTTP, and those that are emptied of delete markers.

- Moto applies a Deny statement also where its condition is not met. A policy that denies requests without TLS (`aws:SecureTransport` is false)
  would deny Terraform and boto3 too. Requests on loopback count as TLS: such statements are ignored.
- Terraform's destroy suspends a bucket's versioning and deletes all versions at once. Moto then asks a delete marker among them to close a file that
  it does not have, and answers 500.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from moto.s3.models import FakeBucket, FakeDeleteMarker

from localaws.moto_patches.patching import wrap

_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}


def patch() -> None:
    """Corrects moto's bucket and delete marker."""
    wrap(FakeBucket, "get_permission", _get_permission)
    FakeDeleteMarker.dispose = lambda marker, garbage=False: None  # type: ignore[attr-defined]


def _get_permission(old: Any, bucket: Any, action: str, resource: str) -> Any:
    if bucket.policy is None:
        return old(bucket, action, resource)
    document = json.loads(bucket.policy)
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    document["Statement"] = [one for one in statements if one.get("Condition") != _PLAIN_HTTP]
    # Not the bucket itself: another thread may be reading its policy.
    return old(SimpleNamespace(policy=json.dumps(document).encode()), action, resource)
