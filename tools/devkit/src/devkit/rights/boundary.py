"""The permissions boundary that the bootstrap makes: every role of a stack has it, and every right of such a role lies inside it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

from devkit.errors import MismatchError
from devkit.rights.compare import allowed
from devkit.rights.forbidden import forbidden_within
from devkit.rights.needs import Need
from devkit.rights.statements import Grant, policy_grants, role_grants

if TYPE_CHECKING:
    from jobctl.environment.target import Clients

PROJECT = "message-driven-microservices"
"""The default of both roots."""


def check_boundary(clients: Clients, outputs: Mapping[str, Any]) -> str:
    """Gives a line of figures. `outputs` are the bootstrap's.

    Raises:
        MismatchError: a role has no boundary or another one, a right that the boundary lacks, or the boundary is too wide; a line each.
    """
    boundary = outputs["permissions_boundary_arn"]
    most, wrong, rights = policy_grants(clients, boundary), [], 0
    names = sorted(_names(clients) - {arn.rpartition("/")[2] for arn in outputs["github_role_arns"].values()})
    for name in names:
        role = clients("iam").get_role(RoleName=name)["Role"]
        has = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        grants = role_grants(clients, role["Arn"])
        wrong += [f"{name}: its boundary is {has}, not {boundary}"] if has != boundary else []
        wrong += [f"{name}: {line}" for line in outside(grants, most)]
        rights += len(grants)
    if wrong or not names:
        raise MismatchError("Boundary:\n  " + "\n  ".join(wrong or ["there are no roles"]))
    never = list(forbidden_within(PROJECT, boundary))
    if wide := list(allowed(never, most)):
        raise MismatchError("Boundary:\n  " + "\n  ".join(wide))
    return f"{rights} rights of {len(names)} roles inside, {len(never)} forbidden calls outside"


def outside(grants: Collection[Grant], most: Collection[Grant]) -> Iterator[str]:
    """Rights that have no effect: the boundary does not have them, or not on all of their resources."""
    for grant in grants:
        if not all(any(one.allows(need) for one in most) for need in _whole(grant)):
            yield f"outside of the boundary: {grant}"


def _whole(grant: Grant) -> Iterator[Need]:
    """The grant as calls, for each value of its conditions. Its pattern, which uses `*` only, is inside another one that matches its text."""
    keys = [[(key, value) for value in values] for _, key, values in grant.conditions]
    return (Need(grant.action, grant.pattern, context) for context in product(*keys))


def _names(clients: Clients) -> set[str]:
    pages = clients("iam").get_paginator("list_roles").paginate()
    found = {one["RoleName"] for page in pages for one in page["Roles"]}
    return {name for name in found if name.startswith(f"{PROJECT}-")}
