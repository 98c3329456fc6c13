"""The values of names in braces on Grafana's dashboard; on CloudWatch's they are Terraform's values (dashboard.tf).

Grafana does not know the stack: names follow from its variables, as Terraform makes them (stack/main.tf; modules queue, cluster, worker).
The variable `service` shows a service's name and holds that of the queue that it receives from, since both are in the names of metrics.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from jobdeploy.declared import Declared

STACK = "${project}-${environment}"
_BRACES = re.compile(r"(?<!\$)\{([a-z_]+)\}")
_ALL: Mapping[str, str] = {"namespace": STACK, "cluster": f"{STACK}-cluster"}
CHOSEN: Mapping[str, str] = {
    **_ALL,
    "service": "${service:text}",
    "queue": f"{STACK}-${{service}}",
    "dead_letters": f"{STACK}-${{service}}-dlq",
    "ecs_service": f"{STACK}-${{service:text}}-service",
}
"""Names of the service that is chosen."""


def of_service(name: str, declared: Declared) -> Mapping[str, str]:
    """Names of one service, independent of the variable `service`. `key` is for the ids of expressions."""
    return {
        **_ALL,
        "service": name,
        "key": name.replace("-", "_"),
        "queue": f"{STACK}-{declared.receives}",
        "dead_letters": f"{STACK}-{declared.receives}-dlq",
        "ecs_service": f"{STACK}-{name}-service",
    }


def fill(text: str, names: Mapping[str, str]) -> str:
    """Replaces names in braces; `${...}`, which is Grafana's or CloudWatch's own, stays. Raises KeyError for an unknown name."""
    return _BRACES.sub(lambda found: names[found[1]], text)


def log_groups(groups: str, services: Mapping[str, Declared]) -> list[str]:
    """The log groups of a saved query; `groups` is services, ecs, both or insights (stack/locals.tf)."""
    known = {
        "services": [f"/ecs/{STACK}/{name}" for name in sorted(services)],
        "ecs": [f"/ecs/{STACK}"],
        "insights": [f"/aws/ecs/containerinsights/{STACK}-cluster/performance"],
    }
    known["both"] = [*known["services"], *known["ecs"]]
    return known[groups]
