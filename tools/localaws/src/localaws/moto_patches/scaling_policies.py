"""Scaling policies of Application Auto Scaling that change, or whose target is deregistered.

What moto does wrong:

- A changed policy gets a new ARN, which the alarm that calls it does not have, and leaves its old alarms behind.
- DescribeScalingPolicies ignores PolicyNames.
- A deregistered target leaves its policies and scheduled actions behind.
"""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from localaws.moto_patches.graft import wrap


def close() -> None:
    """Corrects the three."""
    wrap(ApplicationAutoScalingResponse, "describe_scaling_policies", _only_the_named)
    wrap(ApplicationAutoscalingBackend, "put_scaling_policy", _change_in_place)
    wrap(ApplicationAutoscalingBackend, "deregister_scalable_target", _forget_what_hangs_on_it)


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
