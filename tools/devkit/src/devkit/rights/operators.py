"""Comparison of the `jobctl` command's recorded calls with the two operator policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from devkit.infra_check.inventory import NotAsSaid
from devkit.rights.compare import Figures
from devkit.rights.installed import read_place
from devkit.rights.operator_forbidden import forbidden_to_operators, forbidden_to_readers, sphere_of
from devkit.rights.operator_needs import operator_needs
from devkit.rights.rights import allowed, missing, unused
from devkit.rights.statements import policy_grants

if TYPE_CHECKING:
    from jobctl.environment.target import Clients
    from localaws.ecs_agent import Call

READ, REPAIR = "operator-read", "operator-repair"
_OUTPUTS = {READ: "iam_operator_read_policy_arn", REPAIR: "iam_operator_repair_policy_arn"}


def compare_operators(
    outputs: Mapping[str, Any], clients: Clients, calls_by_policy: Mapping[str, Sequence[Call]]
) -> Figures:
    """`calls_by_policy`: what commands of people with each of the policies called. Whoever repairs looks too: its policy must do for both.

    Raises:
        NotAsSaid: a right is missing, unused or too wide; all of them, a line each. A call that is not in the tables; a policy that cannot be read.
    """
    place = read_place(outputs, clients)
    targets = scalable_targets(clients)
    sphere = sphere_of(outputs, place, targets)
    looking = operator_needs(calls_by_policy[READ], place, targets)
    needs = {READ: looking, REPAIR: looking | operator_needs(calls_by_policy[REPAIR], place, targets)}
    never = {REPAIR: list(forbidden_to_operators(sphere, place))}
    never[READ] = [*never[REPAIR], *forbidden_to_readers(sphere, place)]
    wrong: list[str] = []
    granted = 0
    for policy, output in _OUTPUTS.items():
        grants = policy_grants(clients, outputs[output])
        granted += len(grants)
        lines = (*missing(needs[policy], grants), *unused(needs[policy], grants, {}), *allowed(never[policy], grants))
        wrong += [f"{policy}: {line}" for line in lines]
    if wrong:
        raise NotAsSaid("Rights:\n  " + "\n  ".join(wrong))
    return Figures(sum(map(len, needs.values())), granted, sum(map(len, never.values())))


def scalable_targets(clients: Clients) -> dict[str, str]:
    """ARNs of ECS's scalable targets by their ResourceId."""
    pages = clients("application-autoscaling").get_paginator("describe_scalable_targets")
    found = [one for page in pages.paginate(ServiceNamespace="ecs") for one in page["ScalableTargets"]]
    return {one["ResourceId"]: one["ScalableTargetARN"] for one in found}
