"""Tags of Application Auto Scaling, which moto lacks.

Moto answers ListTagsForResource with a 500, which the provider retries 25 times.
"""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from localaws.moto_patches.graft import add_operations, shelf, wrap


def close() -> None:
    """Adds the three tag operations; targets keep the tags they are registered with."""
    add_operations(ApplicationAutoScalingResponse, list_tags_for_resource, tag_resource, untag_resource)
    wrap(ApplicationAutoScalingResponse, "register_scalable_target", _register_with_tags)


def list_tags_for_resource(self: Any) -> str:
    """https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ListTagsForResource.html"""
    return json.dumps({"Tags": _tags(self, self._get_param("ResourceARN"))})


def tag_resource(self: Any) -> str:
    """https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TagResource.html"""
    _tags(self, self._get_param("ResourceARN")).update(self._get_param("Tags"))
    return "{}"


def untag_resource(self: Any) -> str:
    """https://docs.aws.amazon.com/autoscaling/application/APIReference/API_UntagResource.html"""
    tags = _tags(self, self._get_param("ResourceARN"))
    for key in self._get_param("TagKeys"):
        tags.pop(key, None)
    return "{}"


def _tags(responses: Any, arn: str) -> dict[str, str]:
    tags: dict[str, str] = shelf(responses.applicationautoscaling_backend, "tags").setdefault(arn, {})
    return tags


def _register_with_tags(old: Any, responses: Any) -> str:
    answer: str = old(responses)
    _tags(responses, json.loads(answer)["ScalableTargetARN"]).update(responses._get_param("Tags") or {})  # noqa: SLF001
    return answer
