"""Groups of X-Ray and their tags, which moto lacks.

A group's filter is stored and not applied: a caller that wants the group's traces passes the filter itself.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from moto.xray.responses import XRayResponse
from moto.xray.urls import url_paths

from localaws.moto_patches.patching import add_operations, state

Refusal = tuple[str, dict[str, int]]
_NO_INSIGHTS = {"InsightsEnabled": False, "NotificationsEnabled": False}


def patch() -> None:
    """Adds the operations, each at the address that X-Ray's API has for it: the method's name in CapWords."""
    operations = (create_group, get_group, update_group, delete_group, list_tags_for_resource)
    add_operations(XRayResponse, *operations)
    for operation in operations:
        address = "".join(word.capitalize() for word in operation.__name__.split("_"))
        url_paths[f"{{0}}/{address}$"] = XRayResponse.dispatch


def create_group(self: Any) -> str | Refusal:
    """https://docs.aws.amazon.com/xray/latest/api/API_CreateGroup.html"""
    name = self._get_param("GroupName")
    if _find_group(self, name) is not None:
        return _refuse(f"Group {name} already exists.")
    arn = f"arn:aws:xray:{self.region}:{self.current_account}:group/{name}/{uuid.uuid4().hex[:26].upper()}"
    group = {
        "GroupName": name,
        "GroupARN": arn,
        "FilterExpression": self._get_param("FilterExpression"),
        "InsightsConfiguration": self._get_param("InsightsConfiguration", _NO_INSIGHTS),
    }
    _groups(self)[arn] = group
    state(self.xray_backend, "tags")[arn] = self._get_param("Tags") or []
    return json.dumps({"Group": group})


def get_group(self: Any) -> str | Refusal:
    """https://docs.aws.amazon.com/xray/latest/api/API_GetGroup.html"""
    group = _find_group(self)
    return json.dumps({"Group": group}) if group else _refuse("Group not found")


def update_group(self: Any) -> str | Refusal:
    """https://docs.aws.amazon.com/xray/latest/api/API_UpdateGroup.html"""
    group = _find_group(self)
    if group is None:
        return _refuse("Group not found")
    for name in ("FilterExpression", "InsightsConfiguration"):
        if self._get_param(name) is not None:
            group[name] = self._get_param(name)
    return json.dumps({"Group": group})


def delete_group(self: Any) -> str | Refusal:
    """https://docs.aws.amazon.com/xray/latest/api/API_DeleteGroup.html"""
    group = _find_group(self)
    if group is None:
        return _refuse("Group not found")
    del _groups(self)[group["GroupARN"]]
    return "{}"


def list_tags_for_resource(self: Any) -> str:
    """https://docs.aws.amazon.com/xray/latest/api/API_ListTagsForResource.html"""
    return json.dumps({"Tags": state(self.xray_backend, "tags").get(self._get_param("ResourceARN"), [])})


def _refuse(message: str) -> Refusal:
    """X-Ray's only error for invalid requests, which it answers to unknown names too (API_GetGroup)."""
    return json.dumps({"__type": "InvalidRequestException", "Message": message}), {"status": 400}


def _groups(responses: Any) -> dict[str, dict[str, Any]]:
    return state(responses.xray_backend, "groups")


def _find_group(responses: Any, name: str = "") -> dict[str, Any] | None:
    key = name or responses._get_param("GroupARN") or responses._get_param("GroupName")  # noqa: SLF001
    return next((one for one in _groups(responses).values() if key in (one["GroupName"], one["GroupARN"])), None)
