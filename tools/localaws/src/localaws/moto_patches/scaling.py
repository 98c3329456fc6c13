"""Application Auto Scaling: targets and policies that change or go, and tags.

- A target that is updated leaves the service outside its bounds.
- A changed policy gets a new ARN, which the alarm that calls it does not have, and leaves its old alarms behind.
- DescribeScalingPolicies ignores PolicyNames.
- A deregistered target leaves its policies and scheduled actions behind.
- There are no tags: moto answers ListTagsForResource with a 500, which the provider retries 25 times.
"""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from localaws.moto_patches import ecs_deployments
from localaws.moto_patches.patching import add_operations, state, wrap


def patch() -> None:
    """Corrects the four; a target keeps the tags it is registered with."""
    wrap(ApplicationAutoScalingResponse, "describe_scaling_policies", _only_the_named)
    wrap(ApplicationAutoscalingBackend, "put_scaling_policy", _change_in_place)
    wrap(ApplicationAutoscalingBackend, "register_scalable_target", _move_into_bounds)
    wrap(ApplicationAutoscalingBackend, "deregister_scalable_target", _forget_what_hangs_on_it)
    add_operations(ApplicationAutoScalingResponse, list_tags_for_resource)
    wrap(ApplicationAutoScalingResponse, "register_scalable_target", _register_with_tags)


def _only_the_named(old: Any, responses: Any) -> str:
    answer = json.loads(old(responses))
    names = responses._get_param("PolicyNames")  # noqa: SLF001 (how every operation reads its parameters)
    if names:
        answer["ScalingPolicies"] = [policy for policy in answer["ScalingPolicies"] if policy["PolicyName"] in names]
    return json.dumps(answer)


def _change_in_place(old: Any, backend: Any, **parameters: Any) -> Any:
    before = dict(backend.policies)
    policy = old(backend, **parameters)
    for key, replaced in before.items():
        if backend.policies.get(key) is policy:
            replaced.delete_alarms(backend.account_id, backend.region_name)
            policy.policy_arn = replaced.policy_arn
    return policy


def _move_into_bounds(old: Any, backend: Any, namespace: str, r_id: str, dimension: str, **parameters: Any) -> Any:
    # "to update an existing scalable target", suspended or not, "even if you don't include the MinCapacity or MaxCapacity request parameters":
    # https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    known = r_id in backend.targets.get(dimension, {})
    target = old(backend, namespace, r_id, dimension, **parameters)
    if known and namespace == "ecs":
        _, cluster, service = r_id.split("/")
        ecs_deployments.place_within(backend.ecs_backend, cluster, service, target.min_capacity, target.max_capacity)
    return target


def _forget_what_hangs_on_it(old: Any, backend: Any, namespace: str, resource_id: str, dimension: str) -> None:
    # https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
    old(backend, namespace, resource_id, dimension)
    where = (namespace, resource_id, dimension)
    for key, policy in list(backend.policies.items()):
        if (policy.service_namespace, policy.resource_id, policy.scalable_dimension) == where:
            policy.delete_alarms(backend.account_id, backend.region_name)
            del backend.policies[key]
    backend.scheduled_actions = [
        action
        for action in backend.scheduled_actions
        if (action.service_namespace, action.resource_id, action.scalable_dimension) != where
    ]


def list_tags_for_resource(self: Any) -> str:
    """https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ListTagsForResource.html"""
    return json.dumps({"Tags": _tags(self).get(self._get_param("ResourceARN"), {})})


def _tags(responses: Any) -> dict[str, dict[str, str]]:
    return state(responses.applicationautoscaling_backend, "tags")


def _register_with_tags(old: Any, responses: Any) -> str:
    answer: str = old(responses)
    if tags := responses._get_param("Tags"):  # noqa: SLF001
        _tags(responses)[json.loads(answer)["ScalableTargetARN"]] = tags
    return answer
