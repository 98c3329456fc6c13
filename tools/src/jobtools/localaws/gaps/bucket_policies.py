"""Gap: a bucket that refuses plain HTTP refuses everybody. Layer: tools.

Moto takes a statement whose condition is not met for a refusal. A bucket policy that denies requests without TLS (`aws:SecureTransport` is false) so
keeps out Terraform and boto3 too. The local AWS on loopback counts as TLS: such a statement concerns nobody here.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from moto.s3.models import FakeBucket

from jobtools.localaws.graft import wrap

_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}


def close() -> None:
    """Mends moto's bucket."""
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
