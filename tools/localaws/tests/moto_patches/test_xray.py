"""X-Ray groups and sampling rules are made, changed, listed, tagged and deleted."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Clients

TAG = {"Key": "k", "Value": "v"}


def rule(name: str) -> dict[str, Any]:
    anything = ("URLPath", "Host", "HTTPMethod", "ServiceType", "ServiceName", "ResourceARN")
    return {
        "RuleName": name,
        "Priority": 1000,
        "Version": 1,
        "ReservoirSize": 1,
        "FixedRate": 0.05,
        **dict.fromkeys(anything, "*"),
    }


def test_a_group_is_made_changed_listed_tagged_and_deleted(aws: Clients) -> None:
    name = uuid.uuid4().hex
    arn = aws.xray.create_group(GroupName=name, FilterExpression="error", Tags=[TAG])["Group"]["GroupARN"]
    aws.xray.update_group(GroupARN=arn, FilterExpression="fault")
    group = aws.xray.get_group(GroupName=name)["Group"]
    assert (group["FilterExpression"], group["InsightsConfiguration"]["InsightsEnabled"]) == ("fault", False)
    assert name in [listed["GroupName"] for listed in aws.xray.get_groups()["Groups"]]
    assert aws.xray.list_tags_for_resource(ResourceARN=arn)["Tags"] == [TAG]
    aws.xray.delete_group(GroupARN=arn)
    with pytest.raises(ClientError, match="InvalidRequestException"):
        aws.xray.get_group(GroupName=name)


def test_a_sampling_rule_is_made_changed_listed_and_deleted(aws: Clients) -> None:
    name = uuid.uuid4().hex
    aws.xray.create_sampling_rule(SamplingRule=rule(name))
    aws.xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": name, "FixedRate": 0.5})

    def named() -> list[dict[str, Any]]:
        rules = [record["SamplingRule"] for record in aws.xray.get_sampling_rules()["SamplingRuleRecords"]]
        return [found for found in rules if found["RuleName"] == name]

    assert [found["FixedRate"] for found in named()] == [0.5]
    aws.xray.delete_sampling_rule(RuleName=name)
    assert named() == []
