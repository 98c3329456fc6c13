"""A service's scalable target that a plan would exchange for its other variant, because it got its first schedule or lost its last one.

Both are the same thing in AWS (infra/terraform/modules/worker/scaling.tf): moved in the state, nothing is replaced. A `moved` block cannot say so:
Terraform refuses one whose "from" is declared, as each variant is where the other is not.
"""

from __future__ import annotations

import re

_TARGET = re.compile(
    r"^  # (\S+\.aws_appautoscaling_target\.)(this|scheduled)((?:\[0\])?) will be (created|destroyed)$", re.MULTILINE
)


def exchanged(plan: str) -> list[tuple[str, str]]:
    """Where each such target is in the state, and where it belongs. `plan` is as `terraform show` prints it."""
    found: dict[str, dict[str, str]] = {}
    for where, variant, instance, change in _TARGET.findall(plan):
        found.setdefault(where, {})[change] = f"{where}{variant}{instance}"
    return [(one["destroyed"], one["created"]) for one in found.values() if len(one) > 1]
