"""Rights that a call of the `jobctl` command needs.

From the Service Authorization Reference ("Actions, resources, and condition keys for ..." Amazon ECS, Amazon CloudWatch, Amazon CloudWatch Logs,
Amazon ECR, AWS Systems Manager, AWS Application Auto Scaling, AWS X-Ray), and where that leaves it open:

- FilterLogEvents is decided on `log-group:NAME:log-stream:`, without a stream: that is what a denial names. So is DescribeLogGroups, without a name.
- ListTasks has a container instance as its resource, which Fargate has none of: `*`, with the cluster as a condition key.
- DescribeAlarms tells of composite alarms only with `*` ("DescribeAlarms").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from devkit.rights.needs import Need, Place, UnforeseenCall, queue_needs

if TYPE_CHECKING:
    from localaws.ecs_agent import Call

_UNNAMED: Mapping[tuple[str, str], str] = {
    ("monitoring", "DescribeAlarms"): "cloudwatch:DescribeAlarms",
    ("monitoring", "GetMetricData"): "cloudwatch:GetMetricData",
    ("monitoring", "GetMetricStatistics"): "cloudwatch:GetMetricStatistics",
    ("ecs", "DescribeTaskDefinition"): "ecs:DescribeTaskDefinition",
    ("application-autoscaling", "DescribeScalableTargets"): "application-autoscaling:DescribeScalableTargets",
    ("xray", "BatchGetTraces"): "xray:BatchGetTraces",
    ("xray", "GetTraceSummaries"): "xray:GetTraceSummaries",
}
"""Actions that know no resources. CloudWatch signs its calls as `monitoring`."""
_ECS_BY_ARN = {
    "DescribeServiceRevisions": "serviceRevisionArns",
    "DescribeServiceDeployments": "serviceDeploymentArns",
    "DescribeTasks": "tasks",
}
_ECS_BY_SERVICE = {"DescribeServices": "services", "ListServiceDeployments": "service", "UpdateService": "service"}


def operator_needs(calls: Iterable[Call], place: Place, targets: Mapping[str, str]) -> set[Need]:
    """What the calls need, all together. `targets`: the scalable targets' ARNs by their ResourceId.

    Raises:
        UnforeseenCall: one is not in the tables.
    """
    return {need for call in calls for need in _needs(call, place, targets)}


def _needs(call: Call, place: Place, targets: Mapping[str, str]) -> Iterable[Need]:
    said = call.parameters
    if (call.service, call.operation) in _UNNAMED:
        return [Need(_UNNAMED[call.service, call.operation], "*")]
    if call.service == "sqs":
        needs = list(queue_needs(call, place))
    elif call.service == "ecs":
        needs = list(_ecs(call, place))
    elif call.service == "logs":
        needs = list(_logs(call, place))
    elif (call.service, call.operation) in (("ssm", "GetParameter"), ("ssm", "PutParameter")):
        needs = [Need(f"ssm:{call.operation}", f"arn:aws:ssm:{place.region}:{place.account}:parameter{said['Name']}")]
    elif (call.service, call.operation) == ("ecr", "DescribeImages"):
        repository = f"arn:aws:ecr:{place.region}:{place.account}:repository/{said['repositoryName']}"
        needs = [Need("ecr:DescribeImages", repository)]
    elif (call.service, call.operation) == ("application-autoscaling", "RegisterScalableTarget"):
        needs = [Need("application-autoscaling:RegisterScalableTarget", targets[said["ResourceId"]])]
    else:
        needs = []
    if not needs:
        raise UnforeseenCall(
            f"{call.service}:{call.operation} is not in devkit/rights/operator_needs.py: which command called it, and what does it need?"
        )
    return needs


def _ecs(call: Call, place: Place) -> Iterator[Need]:
    action, said = f"ecs:{call.operation}", call.parameters
    if call.operation == "ListTasks":
        yield Need(action, "*", (("ecs:cluster", place.cluster_arn),))
    elif call.operation in _ECS_BY_ARN:
        for one in said[_ECS_BY_ARN[call.operation]]:
            yield Need(action, one if one.startswith("arn:") else _in_cluster(place, "task", one))
    elif call.operation == "StopTask":
        yield Need(action, _in_cluster(place, "task", said["task"].rpartition("/")[2]))
    elif call.operation in _ECS_BY_SERVICE:
        named = said[_ECS_BY_SERVICE[call.operation]]
        for one in [named] if isinstance(named, str) else named:
            yield Need(action, _in_cluster(place, "service", one))


def _logs(call: Call, place: Place) -> Iterator[Need]:
    groups, said = f"arn:aws:logs:{place.region}:{place.account}:log-group", call.parameters
    if call.operation == "DescribeLogGroups":
        yield Need("logs:DescribeLogGroups", f"{groups}::log-stream:")
    elif call.operation == "FilterLogEvents":
        yield Need("logs:FilterLogEvents", f"{groups}:{said['logGroupName']}:log-stream:")
    elif call.operation == "GetLogEvents":
        yield Need("logs:GetLogEvents", f"{groups}:{said['logGroupName']}:log-stream:{said['logStreamName']}")


def _in_cluster(place: Place, kind: str, name: str) -> str:
    return f"{place.cluster_arn.replace(':cluster/', f':{kind}/')}/{name}"
