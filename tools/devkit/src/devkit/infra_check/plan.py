"""Changes in a saved plan, from the JSON that `terraform show -json` writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_NOTHING = (["no-op"], ["read"])


@dataclass(frozen=True)
class Change:
    """One resource that a plan would touch."""

    address: str
    kind: str
    actions: tuple[str, ...]
    attributes: tuple[str, ...]
    """Which top-level attributes differ."""

    def __str__(self) -> str:
        differing = f" ({', '.join(self.attributes)})" if self.attributes else ""
        return f"{'/'.join(self.actions)} {self.address}{differing}"


def changes(plan: str) -> list[Change]:
    """What `terraform show -json PLAN` says would be touched."""
    found = json.loads(plan).get("resource_changes", [])
    return [_change(one) for one in found if one["change"]["actions"] not in _NOTHING]


def _change(one: dict[str, Any]) -> Change:
    before, after = one["change"]["before"] or {}, one["change"]["after"] or {}
    differing = sorted(name for name in before.keys() & after.keys() if before[name] != after[name])
    return Change(one["address"], one["type"], tuple(one["change"]["actions"]), tuple(differing))
