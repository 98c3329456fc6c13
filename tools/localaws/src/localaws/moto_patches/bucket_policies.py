"""Bucket policies that deny plain HTTP, which moto applies to every request.

Moto applies a Deny statement also where its condition is not met. A bucket policy that denies requests without TLS (`aws:SecureTransport` is false)
would therefore deny Terraform and boto3 too. Requests to the local AWS on loopback count as TLS: such statements are ignored.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from moto.s3.models import FakeBucket

from localaws.moto_patches.graft import wrap

_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}


def close() -> None:
    """Corrects moto's bucket."""
    wrap(FakeBucket, "get_permission", _get_permission)


def _get_permission(old: Any, bucket: Any, action: str, resource: str) -> Any:
    if bucket.policy is None:
        return old(bucket, action, resource)
    document = json.loads(bucket.policy)
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    document["Statement"] = [one for one in statements if one.get("Condition") != _PLAIN_HTTP]
    concerned = SimpleNamespace(
        policy=json.dumps(document).encode()
    )  # not the bucket: another thread may be reading its policy
    return old(concerned, action, resource)
