"""A security group's rule may name another group, and keeps its description."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Clients

SAID = "HTTPS from the tasks"


def make_group(aws: Clients) -> str:
    identity: str = aws.ec2.create_security_group(GroupName=uuid.uuid4().hex, Description="tasks")["GroupId"]
    return identity


@pytest.mark.parametrize("here", [True, False])
def test_a_rule_that_names_another_group_keeps_it_and_its_description(aws: Clients, here: bool) -> None:
    other = make_group(aws) if here else "sg-0123456789abcdef0"
    pair = {"GroupId": other, "Description": SAID}
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [pair]}
    group = make_group(aws)
    aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    rules = aws.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    [rule] = [one for one in rules["SecurityGroupRules"] if not one["IsEgress"]]
    assert (rule["ReferencedGroupInfo"]["GroupId"], rule["Description"]) == (other, SAID)
