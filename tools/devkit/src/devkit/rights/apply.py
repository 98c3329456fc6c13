"""Rights of GitHub's apply role: every call of Terraform in create, change and destroy, held against its policy and ReadOnlyAccess.

By action, and for actions that know no resource by `*`. On which resources the others are: infra/terraform/modules/github-access/tests, and the table
of what it may never call.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from devkit.errors import MismatchError
from devkit.rights.compare import allowed
from devkit.rights.needs import TRIED, TRIED_ALARMS
from devkit.rights.statements import denied_everywhere, read_policy

if TYPE_CHECKING:
    from devkit.rights.needs import Need
    from devkit.rights.statements import Grant
    from localaws.ecs_agent import Call

SUBJECTS = {
    use: [f"repo:owner@1/repository@2:environment:{environment}"]
    for use, environment in {"plan": "plan", "push": "images", "apply": "dev"}.items()
}
"""Somebody must be let in, or the bootstrap makes no roles."""
_ANYBODY = {"sts:GetCallerIdentity"}
_PREFIXES = {"monitoring": "cloudwatch"}
"""The action's prefix where the service signs as another."""
NO_RESOURCE = {
    "cloudwatch:PutCompositeAlarm",
    "ecs:DeregisterTaskDefinition",
    "kms:CreateKey",
    *(f"logs:{verb}{what}" for verb in ("Put", "Delete") for what in ("QueryDefinition", "ResourcePolicy")),
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
}
"""Actions that change something and know no resource, or need `*` (Service Authorization Reference; "PutCompositeAlarm")."""


def compare_apply(
    calls: Iterable[Call], documents: Collection[Mapping[str, Any]], forbidden: Iterable[Need] = ()
) -> str:
    """Gives a line of figures. `documents` are the role's policies.

    Raises:
        MismatchError: AWS would refuse a call, or allow a forbidden one; a line each.
    """
    grants = [grant for document in documents for grant in read_policy(document)]
    needs, never = set(_needs(calls)), list(forbidden)
    refused = sorted(
        action
        for action, pattern in needs
        if not _allowed(action, pattern, grants) or any(denied_everywhere(one, action) for one in documents)
    )
    if refused:
        raise MismatchError("The apply role lacks, on * where the action knows no resource:\n  " + "\n  ".join(refused))
    if wide := list(allowed(never, grants)):
        raise MismatchError("The apply role:\n  " + "\n  ".join(wide))
    return f"{len(needs)} actions of an apply allowed, {len(never)} forbidden calls outside"


def _needs(calls: Iterable[Call]) -> Iterator[tuple[str, str]]:
    for call in calls:
        # a REST protocol's operation is read as `POST /CreateGroup`
        action = f"{_PREFIXES.get(call.service, call.service)}:{call.operation.rpartition('/')[2]}"
        if action not in _ANYBODY:
            yield action, "*" if action in NO_RESOURCE else ""
        if call.service == "application-autoscaling" and call.operation in TRIED:
            yield from ((f"cloudwatch:{one}", "*") for one in TRIED_ALARMS)


def _allowed(action: str, pattern: str, grants: Collection[Grant]) -> bool:
    return any(
        fnmatchcase(action.lower(), grant.action.lower()) and grant.pattern in (pattern or grant.pattern, "*")
        for grant in grants
    )
