"""Groups of X-Ray, which moto lacks.

A group is stored, but its filter expression is not applied: a caller that wants the group's traces passes the expression itself.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from localaws.moto_patches.graft import shelf
from localaws.moto_patches.xray_tags import Refusal, add_tag_operations, add_xray_operations, put_tags, refuse

_NO_INSIGHTS = {"InsightsEnabled": False, "NotificationsEnabled": False}


def close() -> None:
    """Adds the API's operations on groups, and those on tags."""
    add_xray_operations(create_group, get_group, groups, update_group, delete_group)
    add_tag_operations()


def create_group(self: Any) -> str | Refusal:
    """https://docs.aws.amazon.com/xray/latest/api/API_CreateGroup.html"""
    name = self._get_param("GroupName")
    if _find(self, name) is not None:
        return refuse(f"Group {name} already exists.")
    arn = f"arn:aws:xray:{self.region}:{self.current_account}:group/{name}/{uuid.uuid4().hex[:26].upper()}"
    group = {
        "GroupName": name,
        "GroupARN": arn,
        "FilterExpression": self._get_param("FilterExpression"),
        "InsightsConfiguration": self._get_param("InsightsConfiguration", _NO_INSIGHTS),
    }
    shelf(self.xray_backend, "groups")[arn] = group
    put_tags(self, arn, self._get_param("Tags"))
    return json.dumps({"Group": group})


def get_group(self: Any) -> str | Refusal:
    """https://docs.aws.amazon.com/xray/latest/api/API_GetGroup.html"""
    group = _asked_for(self)
    return json.dumps({"Group": group}) if group else refuse("Group not found")


def groups(self: Any) -> str:
    """https://docs.aws.amazon.com/xray/latest/api/API_GetGroups.html, at the address /Groups"""
    return json.dumps({"Groups": list(shelf(self.xray_backend, "groups").values())})


def update_group(self: Any) -> str | Refusal:
    """https://docs.aws.amazon.com/xray/latest/api/API_UpdateGroup.html"""
    group = _asked_for(self)
    if group is None:
        return refuse("Group not found")
    for name in ("FilterExpression", "InsightsConfiguration"):
        if self._get_param(name) is not None:
            group[name] = self._get_param(name)
    return json.dumps({"Group": group})


def delete_group(self: Any) -> str | Refusal:
    """https://docs.aws.amazon.com/xray/latest/api/API_DeleteGroup.html"""
    group = _asked_for(self)
    if group is None:
        return refuse("Group not found")
    del shelf(self.xray_backend, "groups")[group["GroupARN"]]
    return "{}"


def _asked_for(responses: Any) -> dict[str, Any] | None:
    return _find(responses, responses._get_param("GroupARN") or responses._get_param("GroupName"))  # noqa: SLF001


def _find(responses: Any, name_or_arn: str) -> dict[str, Any] | None:
    known: dict[str, dict[str, Any]] = shelf(responses.xray_backend, "groups")
    return next((group for group in known.values() if name_or_arn in (group["GroupName"], group["GroupARN"])), None)
