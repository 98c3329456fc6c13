"""Do calls and rights agree? Layer: tools, pure. Nothing missing, nothing unused but what has its reason here, nothing forbidden."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from jobtools.infra_proof.needs import Need
from jobtools.infra_proof.statements import Grant

_COLLECTORS = {
    "ExportTraces": "the collector's awsxray exporter sends segments; a run without the collector's image makes no call",
    "ExportMetrics": "the collector's awsemf exporter writes to the metrics' log group; a run without the collector's image makes no call",
}
NOT_SHOWN = {
    "main-job": {
        **_COLLECTORS,
        "ProtectItself": "the handlers that are shipped are done at once; long ones of a user's need it",
    },
    "background-job": _COLLECTORS,
}
"""Statements that the run does not use, by service and name, each with the reason. A name that the role does not have, or that the run does use, is
wrong here too."""


def missing(needs: Collection[Need], grants: Collection[Grant]) -> Iterator[str]:
    """What is called and not allowed: it would be refused in AWS."""
    for need in sorted(needs, key=str):
        if not any(grant.allows(need) for grant in grants):
            yield f"missing: {need}"


def unused(service: str, needs: Collection[Need], grants: Collection[Grant]) -> Iterator[str]:
    """What is allowed and never called: each action, on each pattern of ARNs, of each statement."""
    not_shown = NOT_SHOWN[service]
    for grant in grants:
        used = any(grant.allows(need) for need in needs)
        if not used and grant.statement not in not_shown:
            yield f"unused: {grant}"
        if used and grant.statement in not_shown:
            yield f"used after all, take it out of NOT_SHOWN: {grant}"
    for name in sorted(not_shown.keys() - {grant.statement for grant in grants}):
        yield f"no such statement, take it out of NOT_SHOWN: {name}"


def allowed(forbidden: Collection[Need], grants: Collection[Grant]) -> Iterator[str]:
    """What is forbidden and would be allowed."""
    for need in forbidden:
        yield from (f"forbidden, but allowed by {grant}: {need}" for grant in grants if grant.allows(need))
