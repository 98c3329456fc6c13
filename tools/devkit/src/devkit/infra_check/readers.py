"""How each type of resource is listed in AWS, one line for each type.

A line holds the attribute of Terraform's state that is the identity, the operation that lists, and where the identity is in its answer (JMESPath).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jmespath  # type: ignore[import-untyped]  # botocore's own dependency, which has no types

from jobctl.environment.target import Clients


@dataclass(frozen=True)
class Reader:
    """How one type is listed."""

    attribute: str
    read: Callable[[Clients], set[str]]


def answers(clients: Clients, service: str, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    """Every page of an operation."""
    client = clients(service)
    if client.can_paginate(operation):
        yield from client.get_paginator(operation).paginate(**parameters)
    else:
        yield getattr(client, operation)(**parameters)


def listed(attribute: str, service: str, operation: str, where: str, **parameters: Any) -> Reader:
    """Reader of a type that one operation lists."""

    def read(clients: Clients) -> set[str]:
        pages = answers(clients, service, operation, **parameters)
        return {found for page in pages for found in jmespath.search(where, page) or []}

    return Reader(attribute, read)


def listed_under(attribute: str, parents: Reader, service: str, operation: str, parameter: str, where: str) -> Reader:
    """Reader of a type that is listed parent by parent. `{parent}` in `where` is the parent's identity."""

    def read(clients: Clients) -> set[str]:
        return {
            found
            for parent in parents.read(clients)
            for page in answers(clients, service, operation, **{parameter: parent})
            for found in jmespath.search(where.replace("{parent}", parent), page) or []
        }

    return Reader(attribute, read)


def _keys_in_use(clients: Clients) -> set[str]:
    # A key that is destroyed waits for its deletion (7 to 30 days), and is listed all the while.
    all_of_them = listed("", "kms", "list_keys", "Keys[].KeyId").read(clients)
    states = {key: clients("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] for key in all_of_them}
    return {key for key, state in states.items() if state != "PendingDeletion"}


def _active_clusters(clients: Clients) -> set[str]:
    # A cluster that is deleted may be listed for a while, inactive:
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
    arns = sorted(listed("", "ecs", "list_clusters", "clusterArns").read(clients))
    described = clients("ecs").describe_clusters(clusters=arns)["clusters"] if arns else []
    return {cluster["clusterArn"] for cluster in described if cluster["status"] == "ACTIVE"}


def _services(clients: Clients) -> set[str]:
    found: set[str] = set()
    for cluster in _CLUSTERS.read(clients):
        arns = listed("", "ecs", "list_services", "serviceArns", cluster=cluster).read(clients)
        for arn in arns:
            (service,) = clients("ecs").describe_services(cluster=cluster, services=[arn])["services"]
            found |= {arn} if service["status"] != "INACTIVE" else set()
    return found


_BUCKETS = listed("bucket", "s3", "list_buckets", "Buckets[].Name")
_CLUSTERS = Reader("arn", _active_clusters)
_ROLES = listed("name", "iam", "list_roles", "Roles[].RoleName")
_RULES = listed("name", "events", "list_rules", "Rules[].Name")
_ENDPOINTS = "VpcEndpoints[?State!='deleted'].VpcEndpointId"
_EGRESS = "SecurityGroupRules[?IsEgress==`true`].SecurityGroupRuleId"
_INGRESS = "SecurityGroupRules[?IsEgress==`false`].SecurityGroupRuleId"
_OWN_ALIASES = "Aliases[?!starts_with(AliasName, 'alias/aws/')].AliasName"
_SCALABLE = {"ServiceNamespace": "ecs"}

READERS: dict[str, Reader] = {
    "aws_appautoscaling_policy": listed(
        "arn", "application-autoscaling", "describe_scaling_policies", "ScalingPolicies[].PolicyARN", **_SCALABLE
    ),
    "aws_appautoscaling_scheduled_action": listed(
        "arn",
        "application-autoscaling",
        "describe_scheduled_actions",
        "ScheduledActions[].ScheduledActionARN",
        **_SCALABLE,
    ),
    "aws_appautoscaling_target": listed(
        "resource_id",
        "application-autoscaling",
        "describe_scalable_targets",
        "ScalableTargets[].ResourceId",
        **_SCALABLE,
    ),
    "aws_cloudwatch_composite_alarm": listed(
        "alarm_name", "cloudwatch", "describe_alarms", "CompositeAlarms[].AlarmName", AlarmTypes=["CompositeAlarm"]
    ),
    "aws_cloudwatch_dashboard": listed(
        "dashboard_name", "cloudwatch", "list_dashboards", "DashboardEntries[].DashboardName"
    ),
    "aws_cloudwatch_event_rule": _RULES,
    "aws_cloudwatch_event_target": listed_under(
        "target_id", _RULES, "events", "list_targets_by_rule", "Rule", "Targets[].Id"
    ),
    "aws_cloudwatch_log_group": listed("name", "logs", "describe_log_groups", "logGroups[].logGroupName"),
    "aws_cloudwatch_log_metric_filter": listed("name", "logs", "describe_metric_filters", "metricFilters[].filterName"),
    "aws_cloudwatch_log_resource_policy": listed(
        "policy_name", "logs", "describe_resource_policies", "resourcePolicies[].policyName"
    ),
    "aws_cloudwatch_metric_alarm": listed(
        "alarm_name", "cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName", AlarmTypes=["MetricAlarm"]
    ),
    "aws_cloudwatch_query_definition": listed(
        "query_definition_id", "logs", "describe_query_definitions", "queryDefinitions[].queryDefinitionId"
    ),
    "aws_ecr_repository": listed("name", "ecr", "describe_repositories", "repositories[].repositoryName"),
    "aws_ecs_cluster": _CLUSTERS,
    "aws_ecs_service": Reader("id", _services),
    "aws_ecs_task_definition": listed(
        "arn", "ecs", "list_task_definitions", "taskDefinitionArns", status="ACTIVE"
    ),  # one that is destroyed stays, inactive
    "aws_iam_openid_connect_provider": listed(
        "arn", "iam", "list_open_id_connect_providers", "OpenIDConnectProviderList[].Arn"
    ),
    "aws_iam_policy": listed("arn", "iam", "list_policies", "Policies[].Arn", Scope="Local"),
    "aws_iam_role": _ROLES,
    "aws_iam_role_policy": listed_under(
        "id", _ROLES, "iam", "list_role_policies", "RoleName", "PolicyNames[].join(':', ['{parent}', @])"
    ),
    "aws_iam_service_linked_role": _ROLES,
    "aws_kms_alias": listed("name", "kms", "list_aliases", _OWN_ALIASES),
    "aws_kms_key": Reader("key_id", _keys_in_use),
    "aws_s3_bucket": _BUCKETS,
    "aws_security_group": listed("id", "ec2", "describe_security_groups", "SecurityGroups[].GroupId"),
    "aws_sns_topic": listed("arn", "sns", "list_topics", "Topics[].TopicArn"),
    "aws_sns_topic_subscription": listed("arn", "sns", "list_subscriptions", "Subscriptions[].SubscriptionArn"),
    "aws_sqs_queue": listed("url", "sqs", "list_queues", "QueueUrls"),
    "aws_ssm_parameter": listed("name", "ssm", "describe_parameters", "Parameters[].Name"),
    "aws_vpc_endpoint": listed("id", "ec2", "describe_vpc_endpoints", _ENDPOINTS),
    "aws_vpc_security_group_egress_rule": listed("id", "ec2", "describe_security_group_rules", _EGRESS),
    "aws_vpc_security_group_ingress_rule": listed("id", "ec2", "describe_security_group_rules", _INGRESS),
    "aws_xray_group": listed("arn", "xray", "get_groups", "Groups[].GroupARN"),
    "aws_xray_sampling_rule": listed(
        "rule_name", "xray", "get_sampling_rules", "SamplingRuleRecords[].SamplingRule.RuleName"
    ),
}

PARTS = frozenset(
    {
        "aws_ecr_lifecycle_policy",
        "aws_ecr_repository_policy",
        "aws_ecs_cluster_capacity_providers",
        "aws_iam_role_policy_attachment",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
        "aws_sns_topic_policy",
        "aws_sqs_queue_policy",
        "aws_sqs_queue_redrive_allow_policy",
        "aws_sqs_queue_redrive_policy",
        "terraform_data",
    }
)
"""Types that are a setting of another resource, and go with it (or are nothing in AWS)."""
