"""A security group's rule keeps its description, whatever it names."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Clients

SAID = "HTTPS from the tasks"


def make_group(aws: Clients) -> str:
    identity: str = aws.ec2.create_security_group(GroupName=uuid.uuid4().hex, Description="tasks")["GroupId"]
    return identity


def test_a_rule_that_names_another_group_keeps_its_description(aws: Clients) -> None:
    pair = {"GroupId": make_group(aws), "Description": SAID}
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [pair]}
    group = make_group(aws)
    aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    rules = aws.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    assert SAID in [rule.get("Description") for rule in rules["SecurityGroupRules"]]
