"""Differences between needs and rights: missing ones, unused ones but for those that a run cannot show, and forbidden ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from devkit.errors import MismatchError
from devkit.rights.forbidden import (
    forbidden_at_start,
    forbidden_to_operators,
    forbidden_to_readers,
    forbidden_to_task,
    read_project,
)
from devkit.rights.installed import PROVEN, queue_urls, read_account, read_services
from devkit.rights.needs import Need, needs_of, starting_needs
from devkit.rights.statements import Grant, policy_grants, queue_grants, role_grants

if TYPE_CHECKING:
    from jobctl.environment.target import Clients
    from localaws.ecs_agent import Call

READ, REPAIR = "operator-read", "operator-repair"
_POLICIES = {READ: "iam_operator_read_policy_arn", REPAIR: "iam_operator_repair_policy_arn"}

NotShown = Mapping[str, Mapping[str, str]]
"""What a kind of run cannot show: by service, by the name of the statement, why. A name that the role does not have, or that the run does use, is
wrong too."""
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
HANDLERS = "Handlers"
"""How the names of those statements begin (infra/terraform/modules/worker/iam.tf)."""
SOMETIMES = _NO_COPIES.keys()
"""Exceptions that a run may use all the same: it depends on the moment of a stop."""


def compare_services(
    outputs: Mapping[str, Any],
    clients: Clients,
    calls_by_service: Mapping[str, Sequence[Call]],
    not_shown: NotShown,
) -> str:
    """Compares every call of a whole run, refused ones too, with the rights of the task roles; and what ECS needs to start the tasks with those of
    the execution roles. Gives a line of figures.

    `calls_by_service` has the container's calls and its collector's, by the service's name (`main-job`).

    Raises:
        MismatchError: a right is missing, unused or too wide, a line each. A call that is not in the table; a policy that cannot be read.
    """
    account = read_account(outputs, clients)
    project = read_project(outputs, account)
    further = [account.queue(one["sqs_queue_url"]) for name, one in outputs["services"].items() if name not in PROVEN]
    result = _Result()
    for service in read_services(outputs, clients):
        by_queues = [grant for url in queue_urls(outputs) for grant in queue_grants(clients, url, service.role_arn)]
        needs, grants = needs_of(calls_by_service[service.name], account), role_grants(clients, service.role_arn)
        # The role's own policy must do alone: with SSE-SQS, or a queue's policy that somebody replaces, it is all there is.
        result.add(service.name, needs, grants, not_shown[service.name], further)
        result.forbid(service.name, forbidden_to_task(service, project, account), [*grants, *by_queues])
        result.wrong += [f"{service.name}, in a queue's policy: {line}" for line in unused(needs, by_queues, {})]
        role = f"{service.name}, execution role"
        grants = role_grants(clients, service.execution_role_arn)
        result.add(role, starting_needs(service, clients, account), grants, {})
        result.forbid(role, forbidden_at_start(project, account), grants)
    return result.check()


def compare_operators(
    outputs: Mapping[str, Any], clients: Clients, calls_by_policy: Mapping[str, Sequence[Call]]
) -> str:
    """Compares what commands of people with each of the two operator policies called. Whoever repairs looks too: its policy must do for both.

    Raises:
        MismatchError: as `compare_services`.
    """
    account = read_account(outputs, clients)
    project = read_project(outputs, account)
    looking = needs_of(calls_by_policy[READ], account)
    needs = {READ: looking, REPAIR: looking | needs_of(calls_by_policy[REPAIR], account)}
    result = _Result()
    for policy, output in _POLICIES.items():
        grants = policy_grants(clients, outputs[output])
        result.add(policy, needs[policy], grants, {})
        result.forbid(policy, forbidden_to_operators(project, account), grants)
        if policy == READ:
            result.forbid(policy, forbidden_to_readers(project, account), grants)
    return result.check()


class _Result:
    """What was compared, and what is wrong."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self._needs = self._grants = self._forbidden = 0

    def add(
        self,
        who: str,
        needs: set[Need],
        grants: list[Grant],
        not_shown: Mapping[str, str],
        elsewhere: Collection[str] = (),
    ) -> None:
        """`elsewhere`: ARNs of queues whose jobs the run does not show."""
        shown = [grant for grant in grants if grant.pattern not in elsewhere]
        self.wrong += [f"{who}: {line}" for line in (*missing(needs, grants), *unused(needs, shown, not_shown))]
        self._needs += len(needs)
        self._grants += len(grants)

    def forbid(self, who: str, forbidden: Iterator[Need], grants: list[Grant]) -> None:
        calls = list(forbidden)
        self.wrong += [f"{who}: {line}" for line in allowed(calls, grants)]
        self._forbidden += len(calls)

    def check(self) -> str:
        if self.wrong:
            raise MismatchError("Rights:\n  " + "\n  ".join(self.wrong))
        return f"{self._needs} needs met by {self._grants} grants, {self._forbidden} forbidden calls outside"


def missing(needs: Collection[Need], grants: Collection[Grant]) -> Iterator[str]:
    """Calls that are made and not allowed: AWS would refuse them."""
    for need in sorted(needs, key=str):
        if not any(grant.allows(need) for grant in grants):
            yield f"missing: {need}"


def unused(needs: Collection[Need], grants: Collection[Grant], not_shown: Mapping[str, str]) -> Iterator[str]:
    """Rights that are never used: each action, on each pattern of ARNs, of each statement. `not_shown` is one service's. What a service's own
    `policy_statements` give is its team's to judge: a run shows no job of theirs.
    """
    for grant in grants:
        if grant.statement.startswith(HANDLERS):
            continue
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
