"""Application Auto Scaling: tags, and targets and policies that change or go."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Clients

Target = dict[str, Any]
STEPS = {
    "AdjustmentType": "ExactCapacity",
    "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
}
TRACKING = {
    "TargetValue": 1.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
}
ALL_SUSPENDED = {
    "DynamicScalingInSuspended": True,
    "DynamicScalingOutSuspended": True,
    "ScheduledScalingSuspended": True,
}


@pytest.fixture
def target(aws: Clients) -> Target:
    name = uuid.uuid4().hex
    aws.ecs.create_cluster(clusterName=name)
    aws.ecs.create_service(cluster=name, serviceName=name, desiredCount=0)
    target: Target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{name}/{name}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    aws.application_autoscaling.register_scalable_target(**target, MinCapacity=0, MaxCapacity=1, Tags={"a": "1"})
    return target


def target_arn(aws: Clients, target: Target) -> str:
    found = aws.application_autoscaling.describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[target["ResourceId"]]
    )
    arn: str = found["ScalableTargets"][0]["ScalableTargetARN"]
    return arn


def put_policy(aws: Clients, target: Target, name: str) -> str:
    answer = aws.application_autoscaling.put_scaling_policy(
        **target, PolicyName=name, PolicyType="StepScaling", StepScalingPolicyConfiguration=STEPS
    )
    arn: str = answer["PolicyARN"]
    return arn


def put_tracking(aws: Clients, target: Target) -> list[str]:
    aws.application_autoscaling.put_scaling_policy(
        **target,
        PolicyName="tracking",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=TRACKING,
    )
    alarms = aws.cloudwatch.describe_alarms(AlarmNamePrefix=f"TargetTracking-{target['ResourceId']}-")["MetricAlarms"]
    return [alarm["AlarmName"] for alarm in alarms]


def test_a_target_has_the_tags_it_was_registered_with(aws: Clients, target: Target) -> None:
    found = aws.application_autoscaling.list_tags_for_resource(ResourceARN=target_arn(aws, target))
    assert found["Tags"] == {"a": "1"}


def test_a_policy_is_found_by_its_name(aws: Clients, target: Target) -> None:
    put_policy(aws, target, "wake")
    put_policy(aws, target, "sleep")
    found = aws.application_autoscaling.describe_scaling_policies(**target, PolicyNames=["wake"])["ScalingPolicies"]
    assert [policy["PolicyName"] for policy in found] == ["wake"]


def test_a_changed_policy_keeps_its_arn(aws: Clients, target: Target) -> None:
    assert put_policy(aws, target, "wake") == put_policy(aws, target, "wake")


def test_a_changed_policy_leaves_no_alarms_behind(aws: Clients, target: Target) -> None:
    assert len(put_tracking(aws, target)) == len(put_tracking(aws, target))


def test_a_target_takes_its_policies_and_scheduled_actions_with_it(aws: Clients, target: Target) -> None:
    scaling = aws.application_autoscaling
    put_policy(aws, target, "wake")
    scaling.put_scheduled_action(
        **target,
        ScheduledActionName="night",
        Schedule="cron(0 20 * * ? *)",
        ScalableTargetAction={"MinCapacity": 0, "MaxCapacity": 0},
    )
    scaling.deregister_scalable_target(**target)
    assert scaling.describe_scaling_policies(**target)["ScalingPolicies"] == []
    assert scaling.describe_scheduled_actions(**target)["ScheduledActions"] == []


def test_a_target_that_is_updated_moves_its_service_into_the_bounds_though_it_is_suspended(
    aws: Clients, target: Target
) -> None:
    _, cluster, service = target["ResourceId"].split("/")
    where, scaling = {"cluster": cluster, "service": service}, aws.application_autoscaling

    def desired() -> int:
        (found,) = aws.ecs.describe_services(cluster=cluster, services=[service])["services"]
        count: int = found["desiredCount"]
        assert found["deployments"][0]["desiredCount"] == count
        return count

    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=3, SuspendedState=ALL_SUSPENDED)
    assert desired() == 2
    aws.ecs.update_service(**where, desiredCount=0)
    scaling.register_scalable_target(**target, SuspendedState=ALL_SUSPENDED)
    assert desired() == 2, "also without bounds in the request"
    scaling.register_scalable_target(**target, MinCapacity=0, MaxCapacity=1)
    assert desired() == 1
