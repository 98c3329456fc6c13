"""Order of creation, from `terraform graph`: what a service's tasks need before the first of them starts."""

from __future__ import annotations

import re
from collections import defaultdict

from devkit.errors import MismatchError

SERVICE = "module.worker.aws_ecs_service.this"
BEFORE = (
    "module.cluster.aws_ecs_cluster_capacity_providers.this",
    "module.network.aws_vpc_security_group_egress_rule.https",
    "module.network.aws_vpc_security_group_ingress_rule.endpoints",
    "module.network.aws_vpc_endpoint.interface",
    "module.network.aws_vpc_endpoint.gateway",
    "module.worker.aws_cloudwatch_log_group.this",
    "module.worker.aws_iam_role_policy.task",
    "module.worker.aws_iam_role_policy.execution",
    "module.worker.aws_iam_role_policy.handlers",
    "module.worker.aws_vpc_security_group_egress_rule.own",
)
_EDGE = re.compile(r'"([^"]+)" -> "([^"]+)"')


def check_order(graph: str) -> None:
    """Raises MismatchError unless a service waits for all of BEFORE. `graph` is the stack's, in DOT."""
    needs = defaultdict(set)
    for later, earlier in _EDGE.findall(graph):
        needs[later].add(earlier)
    reached, waiting = set(), [SERVICE]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += needs[one]
    if missing := [one for one in BEFORE if one not in reached]:
        raise MismatchError(f"{SERVICE} may be made before:\n  " + "\n  ".join(missing))
