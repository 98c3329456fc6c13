"""A stack that is not as it is promised to be is told with all that is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws

from devkit.infra_check.facts import LOG_GROUPS, QUEUES, SERVICES, Outputs, check_facts
from devkit.infra_check.inventory import NotAsSaid
from jobctl.environment.target import Clients

pytestmark = pytest.mark.slow


@pytest.fixture
def clients() -> Iterator[Clients]:
    @cache
    def client(service: str) -> Any:
        credentials = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return boto3.client(service, region_name="us-east-1", **credentials)  # type: ignore[call-overload]  # any service

    with mock_aws():
        yield client


@pytest.fixture
def careless(clients: Clients) -> Outputs:
    """Outputs of a stack that has everything, and nothing of it as promised."""
    outputs: Outputs = {"kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/none", "ecs_cluster_name": "c"}
    for name in QUEUES:
        for kind in ("queue", "dlq"):
            outputs[f"sqs_{name}_{kind}_url"] = clients("sqs").create_queue(QueueName=f"{name}-{kind}")["QueueUrl"]
    for name in LOG_GROUPS:
        clients("logs").create_log_group(logGroupName=name)
        outputs[f"cloudwatch_log_group_{name}"] = name
    ecs, ec2 = clients("ecs"), clients("ec2")
    ecs.create_cluster(clusterName="c")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = ec2.create_security_group(GroupName="open", Description="open")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    for name in SERVICES:
        arns = [
            ecs.register_task_definition(
                family=name, containerDefinitions=[{"name": "app", "image": "app:latest", "memory": 128}]
            )["taskDefinition"]["taskDefinitionArn"]
            for _ in range(2)
        ]
        ecs.create_service(
            cluster="c",
            serviceName=name,
            taskDefinition=arns[0],
            desiredCount=0,
            deploymentConfiguration={"maximumPercent": 200},
            networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}},
        )
        outputs[f"ecs_{name}_service_name"], outputs[f"ecs_{name}_task_definition_arn"] = name, arns[1]
    outputs["sns_alerts_topic_arn"] = clients("sns").create_topic(Name="alerts")["TopicArn"]
    outputs["cloudwatch_metrics_namespace"] = "p-dev"
    for name, value in {"stack": '{"format": 1}', "paused": '{"main-job": {}}'}.items():
        clients("ssm").put_parameter(Name=f"/p/dev/{name}", Value=value, Type="String")
        outputs[f"ssm_{name}_parameter_name"] = f"/p/dev/{name}"
    clients("cloudwatch").put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    outputs["cloudwatch_dashboard_name"] = "d"
    return outputs


def test_everything_that_is_not_so_is_told_at_once(careless: Outputs, clients: Clients) -> None:
    with pytest.raises(NotAsSaid) as told:
        check_facts(careless, clients, 14)
    lines = str(told.value).splitlines()[1:]
    assert len(lines) == 2 * 7 + 4 * 2 + 2 * 7 + 3 + 5 + 1


def test_a_policy_that_allows_only_tls_is_recognised(careless: Outputs, clients: Clients) -> None:
    url = careless["sqs_background_jobs_queue_url"]
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    clients("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    with pytest.raises(NotAsSaid) as told:
        check_facts(careless, clients, 14)
    assert "background_jobs's queue takes TLS only" not in str(told.value)
    assert "main_job_triggers's queue takes TLS only" in str(told.value)


def test_a_root_without_the_outputs_of_the_stack_has_no_facts(clients: Clients) -> None:
    assert check_facts({}, clients, None) == 0
