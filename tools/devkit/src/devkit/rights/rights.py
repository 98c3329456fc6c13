"""Differences between needs and rights: missing rights, unused ones but for those that a run cannot show, and forbidden ones.

What a run cannot show differs by kind of run; each kind has its table here: statements by service and name, each with the reason. A name that the
role does not have, or that the run does use, is wrong too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from devkit.rights.needs import Need
from devkit.rights.statements import Grant

NotShown = Mapping[str, Mapping[str, str]]
"""By service, by the name of the statement: why a run does not use it."""

_QUICK = dict.fromkeys(
    ("ProtectItself", "SeeThatItIsPaused"),
    "the handlers that are shipped are done at once; long ones of a user's need it",
)
_NO_COPIES = {
    "SendToOwnQueue": "copies are sent of what a stop gives back and of a third failure; triggers are done at once"
}
_NO_COLLECTOR = {
    "ExportTraces": "the collector's awsxray exporter sends segments; a run without the collector's image makes no call",
    "ExportMetrics": "the collector's awsemf exporter writes to the metrics' log group; a run without the collector's image makes no call",
}
IN_PROCESSES: NotShown = {
    "main-job": {**_NO_COLLECTOR, **_QUICK, **_NO_COPIES},
    "background-job": _NO_COLLECTOR,
}
"""The services as processes, without the collector."""
IN_CONTAINERS: NotShown = {"main-job": {**_QUICK, **_NO_COPIES}, "background-job": {}}
"""Whole tasks, the collector in them."""
SOMETIMES = _NO_COPIES.keys()
"""Exceptions that a run may use all the same: it depends on the moment of a stop."""


def missing(needs: Collection[Need], grants: Collection[Grant]) -> Iterator[str]:
    """Calls that are made and not allowed: AWS would refuse them."""
    for need in sorted(needs, key=str):
        if not any(grant.allows(need) for grant in grants):
            yield f"missing: {need}"


def unused(needs: Collection[Need], grants: Collection[Grant], not_shown: Mapping[str, str]) -> Iterator[str]:
    """Rights that are never used: each action, on each pattern of ARNs, of each statement. `not_shown` is one service's."""
    for grant in grants:
        used = any(grant.allows(need) for need in needs)
        if not used and grant.statement not in not_shown:
            yield f"unused: {grant}"
        if used and grant.statement in not_shown and grant.statement not in SOMETIMES:
            yield f"used after all, it is no exception: {grant}"
    for name in sorted(not_shown.keys() - {grant.statement for grant in grants}):
        yield f"no such statement, it is no exception: {name}"


def allowed(forbidden: Collection[Need], grants: Collection[Grant]) -> Iterator[str]:
    """Forbidden calls that would be allowed."""
    for need in forbidden:
        yield from (f"forbidden, but allowed by {grant}: {need}" for grant in grants if grant.allows(need))
