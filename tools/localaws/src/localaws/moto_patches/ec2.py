"""Descriptions of security group rules that name another group, which moto loses: each plan would set them again."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

_NAME = "Description"


def patch() -> None:
    """A rule's description is read from its address range or its source group."""
    # mypy sees a property as read-only also on the class.
    setattr(SecurityGroupRule, "description", property(_description))  # noqa: B010


def _description(rule: Any) -> str | None:
    found: str | None = rule.ip_range.get(_NAME) or rule.source_group.get(_NAME)
    return found
