"""GitHub's apply role: what AWS would refuse is found, and what it must never be allowed."""

from __future__ import annotations

from typing import Any

import pytest

from devkit.errors import MismatchError
from devkit.rights.apply import compare_apply
from devkit.rights.forbidden import forbidden_to_apply
from localaws.ecs_agent import Call

ROLE = "arn:aws:iam::1:role/p-*-task"
BOUNDARY = "arn:aws:iam::1:policy/p-boundary-us-east-1"
BOUNDED = {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}
OURS = {"StringEquals": {"aws:ResourceTag/Project": "p"}, "Null": {"aws:ResourceTag/Environment": "false"}}


def policy(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Statement": [{"Sid": "S", "Effect": "Allow", "Action": action, "Resource": [resource], **more}]}


def test_an_action_on_any_resource_is_enough_where_it_has_one() -> None:
    compare_apply(
        [Call("sqs", "CreateQueue"), Call("sts", "GetCallerIdentity")], [policy("sqs:*", "arn:aws:sqs:::p-*")]
    )
    with pytest.raises(MismatchError, match="iam:CreateRole"):
        compare_apply([Call("iam", "CreateRole")], [policy("sqs:*")])


def test_an_action_that_knows_no_resource_needs_all_of_them() -> None:
    for call in (Call("sns", "Unsubscribe"), Call("monitoring", "PutCompositeAlarm")):
        prefix = "sns" if call.service == "sns" else "cloudwatch"
        compare_apply([call], [policy(f"{prefix}:*")])
        with pytest.raises(MismatchError, match=call.operation):
            compare_apply([call], [policy(f"{prefix}:*", "arn:aws:x:::p-*")])


def test_a_scalable_target_needs_rights_to_alarms_without_a_name() -> None:
    calls = [Call("application-autoscaling", "RegisterScalableTarget")]
    scaling = policy("application-autoscaling:*")
    compare_apply(calls, [scaling, policy("cloudwatch:*")])
    with pytest.raises(MismatchError, match="cloudwatch:PutMetricAlarm"):
        compare_apply(calls, [scaling, policy("cloudwatch:*", "arn:aws:cloudwatch:::alarm:p-*")])


def test_an_operation_that_is_an_address_is_an_action() -> None:
    compare_apply([Call("xray", "POST /CreateGroup")], [policy("xray:CreateGroup", "arn:*")])


@pytest.mark.parametrize("denial", [{"Action": "sqs:Create*"}, {"NotAction": ["sns:*"]}])
def test_what_is_denied_everywhere_is_not_allowed(denial: dict[str, Any]) -> None:
    statement = {"Effect": "Deny", "Resource": ["*"], **denial}
    with pytest.raises(MismatchError, match="sqs:CreateQueue"):
        compare_apply([Call("sqs", "CreateQueue")], [policy("sqs:*"), {"Statement": [statement]}])


@pytest.mark.parametrize(
    "careless",
    [
        policy("iam:CreateRole", ROLE),
        policy("iam:PutRole*", ROLE),
        policy("iam:CreateRole", ROLE, Condition={"StringLike": {"iam:PermissionsBoundary": "*"}}),
        policy("iam:DeleteRolePermissionsBoundary", ROLE, Condition=BOUNDED),
        policy("iam:AttachRolePolicy", ROLE, Condition=BOUNDED),
        policy("iam:CreateRole", "arn:aws:iam::1:role/*", Condition=BOUNDED),
        policy("iam:PassRole", ROLE),
        policy("iam:CreatePolicyVersion", "arn:aws:iam::1:policy/p-*"),
        policy("iam:SetDefaultPolicyVersion", BOUNDARY),
        policy("iam:DeletePolicy", BOUNDARY),
        policy("kms:PutKeyPolicy"),
        policy("kms:Decrypt", Condition={"StringEquals": {"aws:ResourceTag/Project": "p"}}),
        policy("kms:TagResource", Condition={"StringEquals": {"aws:RequestTag/Project": "p"}}),
        policy("kms:CreateAlias"),
        policy("s3:PutObject", "arn:aws:s3:::p-1-us-east-1-state/*"),
    ],
    ids=lambda one: one["Statement"][0]["Action"],
)
def test_a_careless_right_of_the_apply_role_is_caught(careless: dict[str, Any]) -> None:
    with pytest.raises(MismatchError, match="forbidden"):
        compare_apply([], [careless], forbidden_to_apply("p", BOUNDARY))


@pytest.mark.parametrize(
    "needed",
    [
        policy("iam:CreateRole", ROLE, Condition=BOUNDED),
        policy("iam:UpdateAssumeRolePolicy", ROLE),
        policy("kms:PutKeyPolicy", Condition=OURS),
    ],
    ids=lambda one: one["Statement"][0]["Action"],
)
def test_a_right_that_an_apply_needs_is_not_forbidden(needed: dict[str, Any]) -> None:
    compare_apply([], [needed], forbidden_to_apply("p", BOUNDARY))
