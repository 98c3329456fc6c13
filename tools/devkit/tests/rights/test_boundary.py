"""Rights of a role that its boundary does not have."""

from __future__ import annotations

import pytest

from devkit.rights.boundary import outside
from devkit.rights.statements import Grant

THROUGH = "kms:ViaService"
MOST = [
    Grant("Queues", "sqs:SendMessage", "arn:sqs:p-*"),
    Grant("Keys", "kms:Decrypt", "*", (("StringLike", THROUGH, ("ssm.*", "sqs.*")),)),
]


@pytest.mark.parametrize(
    ("grant", "inside"),
    [
        (Grant("S", "sqs:SendMessage", "arn:sqs:p-jobs"), True),
        (Grant("S", "sqs:SendMessage", "arn:sqs:p-*-dlq"), True),
        (Grant("S", "sqs:SendMessage", "arn:sqs:*"), False),
        (Grant("S", "sqs:*", "arn:sqs:p-jobs"), False),
        (Grant("S", "kms:Decrypt", "key", (("StringEquals", THROUGH, ("ssm.r", "sqs.r")),)), True),
        (Grant("S", "kms:Decrypt", "key", (("StringEquals", THROUGH, ("ssm.r", "s3.r")),)), False),
        (Grant("S", "kms:Decrypt", "key"), False),
    ],
    ids=str,
)
def test_a_right_is_inside_as_a_whole_or_not_at_all(grant: Grant, inside: bool) -> None:
    assert bool(list(outside([grant], MOST))) is not inside
