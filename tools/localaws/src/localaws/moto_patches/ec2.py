"""Rules of security groups that name another group.

- Moto loses their description: each plan would set it again.
- The other group may be one of the account that the values are for, a database's say, and not be here: then it is taken by its id.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupBackend, SecurityGroupRule

from localaws.moto_patches.patching import wrap

_NAME, _ID = "Description", "GroupId"


def patch() -> None:
    """A rule's description is read from its address range or its source group; a group with an id is not looked for."""
    # mypy sees a property as read-only also on the class.
    setattr(SecurityGroupRule, "description", property(_description))  # noqa: B010
    wrap(SecurityGroupBackend, "_add_source_group", _add_source_group)


def _description(rule: Any) -> str | None:
    found: str | None = rule.ip_range.get(_NAME) or rule.source_group.get(_NAME)
    return found


def _add_source_group(old: Any, backend: Any, groups: list[dict[str, Any]] | None, vpc_id: str | None) -> Any:
    by_id = [one for one in groups or () if _ID in one]
    owner = {"OwnerId": backend.account_id, "UserId": backend.account_id}
    return [
        *({**owner, **one} for one in by_id),
        *old(backend, [one for one in groups or () if _ID not in one], vpc_id),
    ]
