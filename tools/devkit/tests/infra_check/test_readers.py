"""Each reader finds in a real local AWS what was made there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws

from devkit.infra_check.inventory import check_nothing_left, take_inventory
from devkit.infra_check.readers import PARTS, READERS
from jobctl.environment.target import Clients

ABSENT_IN_PLAIN_MOTO = {"aws_cloudwatch_query_definition", "aws_xray_group", "aws_xray_sampling_rule"}
STATEMENT = {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": "*"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})


@pytest.fixture
def clients() -> Iterator[Clients]:
    @cache
    def client(service: str) -> Any:
        credentials = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return boto3.client(service, region_name="us-east-1", **credentials)  # type: ignore[call-overload]  # any service

    with mock_aws():
        yield client


def test_no_type_is_both_a_whole_and_a_part() -> None:
    assert not READERS.keys() & PARTS


def test_a_queue_is_found_by_its_url(clients: Clients) -> None:
    url = clients("sqs").create_queue(QueueName="q")["QueueUrl"]
    assert READERS["aws_sqs_queue"].read(clients) == {url}


@pytest.mark.slow
def test_a_role_policy_is_found_by_its_role_and_name(clients: Clients) -> None:
    clients("iam").create_role(RoleName="task", AssumeRolePolicyDocument=POLICY)
    clients("iam").put_role_policy(RoleName="task", PolicyName="queues", PolicyDocument=POLICY)
    assert READERS["aws_iam_role_policy"].read(clients) == {"task:queues"}


def test_a_key_that_waits_for_its_deletion_is_gone(clients: Clients) -> None:
    kept, gone = (clients("kms").create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    clients("kms").schedule_key_deletion(KeyId=gone)
    assert READERS["aws_kms_key"].read(clients) == {kept}


@pytest.mark.slow
def test_a_service_that_is_inactive_is_gone(clients: Clients) -> None:
    ecs = clients("ecs")
    ecs.create_cluster(clusterName="c")
    kept, _ = (ecs.create_service(cluster="c", serviceName=name, desiredCount=0) for name in ("kept", "gone"))
    ecs.delete_service(cluster="c", service="gone")
    assert READERS["aws_ecs_service"].read(clients) == {kept["service"]["serviceArn"]}


def test_rules_of_a_security_group_are_told_apart_by_direction(clients: Clients) -> None:
    ec2 = clients("ec2")
    before = READERS["aws_vpc_security_group_ingress_rule"].read(clients)
    group = ec2.create_security_group(GroupName="g", Description="g")["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    (rule,) = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"]
    found = READERS["aws_vpc_security_group_ingress_rule"].read(clients) - before
    assert found == {rule["SecurityGroupRuleId"]}
    assert rule["SecurityGroupRuleId"] not in READERS["aws_vpc_security_group_egress_rule"].read(clients)


@pytest.mark.slow
def test_every_reader_reads_an_account_that_has_nothing_of_ours(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ABSENT_IN_PLAIN_MOTO:  # tested with the local AWS, which has them
        monkeypatch.delitem(READERS, kind)
    inventory = take_inventory(clients)
    check_nothing_left(inventory, take_inventory(clients))
    assert inventory["aws_sqs_queue"] == set()
