"""Tags of X-Ray groups and sampling rules, the registration of X-Ray operations with moto, and X-Ray's error."""

from __future__ import annotations

import json
from typing import Any

from moto.xray.responses import XRayResponse
from moto.xray.urls import url_paths

from localaws.moto_patches.graft import Operation, add_operations, shelf

Refusal = tuple[str, dict[str, int]]


def add_xray_operations(*operations: Operation) -> None:
    """Adds operations to moto, each at the address that X-Ray's API has for it: the method's name in CapWords."""
    add_operations(XRayResponse, *operations)
    for operation in operations:
        address = "".join(word.capitalize() for word in operation.__name__.split("_"))
        url_paths[f"{{0}}/{address}$"] = XRayResponse.dispatch


def add_tag_operations() -> None:
    """Adds the operations that list, put and remove tags, for all resources with an ARN."""
    add_xray_operations(list_tags_for_resource, tag_resource, untag_resource)


def put_tags(responses: Any, arn: str, tags: list[dict[str, str]] | None) -> None:
    """Adds tags to those of a resource."""
    _tags(responses, arn).update({tag["Key"]: tag["Value"] for tag in tags or []})


def list_tags_for_resource(self: Any) -> str:
    """https://docs.aws.amazon.com/xray/latest/api/API_ListTagsForResource.html"""
    tags = _tags(self, self._get_param("ResourceARN"))
    return json.dumps({"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]})


def tag_resource(self: Any) -> str:
    """https://docs.aws.amazon.com/xray/latest/api/API_TagResource.html"""
    put_tags(self, self._get_param("ResourceARN"), self._get_param("Tags"))
    return "{}"


def untag_resource(self: Any) -> str:
    """https://docs.aws.amazon.com/xray/latest/api/API_UntagResource.html"""
    for key in self._get_param("TagKeys"):
        _tags(self, self._get_param("ResourceARN")).pop(key, None)
    return "{}"


def refuse(message: str) -> Refusal:
    """X-Ray's only error for invalid requests, which it answers to unknown names too.

    https://docs.aws.amazon.com/xray/latest/api/API_GetGroup.html
    """
    return json.dumps({"__type": "InvalidRequestException", "Message": message}), {"status": 400}


def _tags(responses: Any, arn: str) -> dict[str, str]:
    tags: dict[str, str] = shelf(responses.xray_backend, "tags").setdefault(arn, {})
    return tags
