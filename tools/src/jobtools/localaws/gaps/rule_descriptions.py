"""Gap: a security group's rule forgets its description if it names another group; each plan would describe it anew. Layer: tools."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

_NAME = "Description"


def close() -> None:
    """A rule's description is found where its address range is, or its group."""
    # mypy sees a property as read-only also on the class.
    setattr(SecurityGroupRule, "description", property(_description))  # noqa: B010


def _description(rule: Any) -> str | None:
    found: str | None = rule.ip_range.get(_NAME) or rule.source_group.get(_NAME)
    return found
