"""GitHub's apply role: what AWS would refuse is found."""

from __future__ import annotations

import pytest

from devkit.errors import MismatchError
from devkit.rights.apply import compare_apply
from devkit.rights.statements import Grant
from localaws.ecs_agent import Call


def test_an_action_on_any_resource_is_enough_where_it_has_one() -> None:
    compare_apply(
        [Call("sqs", "CreateQueue"), Call("sts", "GetCallerIdentity")], [Grant("S", "sqs:*", "arn:aws:sqs:::p-*")]
    )
    with pytest.raises(MismatchError, match="iam:CreateRole"):
        compare_apply([Call("iam", "CreateRole")], [Grant("S", "sqs:*", "*")])


def test_an_action_that_knows_no_resource_needs_all_of_them() -> None:
    for call in (Call("sns", "Unsubscribe"), Call("monitoring", "PutCompositeAlarm")):
        prefix = "sns" if call.service == "sns" else "cloudwatch"
        compare_apply([call], [Grant("S", f"{prefix}:*", "*")])
        with pytest.raises(MismatchError, match=call.operation):
            compare_apply([call], [Grant("S", f"{prefix}:*", "arn:aws:x:::p-*")])


def test_a_scalable_target_needs_rights_to_alarms_without_a_name() -> None:
    calls = [Call("application-autoscaling", "RegisterScalableTarget")]
    scaling = Grant("S", "application-autoscaling:*", "*")
    compare_apply(calls, [scaling, Grant("S", "cloudwatch:*", "*")])
    with pytest.raises(MismatchError, match="cloudwatch:PutMetricAlarm"):
        compare_apply(calls, [scaling, Grant("S", "cloudwatch:*", "arn:aws:cloudwatch:::alarm:p-*")])


def test_an_operation_that_is_an_address_is_an_action() -> None:
    compare_apply([Call("xray", "POST /CreateGroup")], [Grant("S", "xray:CreateGroup", "arn:*")])
