"""Comparison of recorded calls with the rights that IAM and the queues' policies give the services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.infra_check.inventory import NotAsSaid
from devkit.rights.forbidden import Reach, forbidden_at_start, forbidden_to_task
from devkit.rights.installed import Installed, Queues, read_place, read_queues, read_services
from devkit.rights.needs import Need, Place, needs_of
from devkit.rights.rights import NotShown, allowed, missing, unused
from devkit.rights.starting import starting_needs
from devkit.rights.statements import queue_grants, role_grants

if TYPE_CHECKING:
    from devkit.rights.statements import Grant
    from jobctl.environment.target import Clients
    from localaws.ecs_agent import Call

_GROUPS = ("main_job", "background_job", "ecs", "metrics")


@dataclass(frozen=True)
class Figures:
    """What was compared. `needs` and `grants` count actions on ARNs, of the task and the execution roles of all services."""

    needs: int
    grants: int
    forbidden: int

    def __str__(self) -> str:
        return f"{self.needs} needs met by {self.grants} grants, {self.forbidden} forbidden calls outside"


def compare_rights(
    outputs: Mapping[str, Any],
    clients: Clients,
    calls_by_service: Mapping[str, Sequence[Call]],
    not_shown: NotShown,
) -> Figures:
    """Compares every call of a whole run, refused ones too, with the rights of the task roles; and what ECS needs to start the tasks, as their
    definitions say it, with those of the execution roles.

    `outputs` is what `terraform output -json` says, by name; `calls_by_service` has the container's calls and its collector's, by the service's name
    (`main-job`); `not_shown` is `rights.IN_PROCESSES`, `rights.IN_CONTAINERS` or a table of your own.

    Raises:
        NotAsSaid: a right is missing, unused or too wide; all of them, a line each. A call that is not in the tables; a policy that cannot be read.
    """
    queues, place = read_queues(outputs), read_place(outputs, clients)
    wrong: list[str] = []
    needs_met = granted = never_allowed = 0
    for service in read_services(outputs, clients):
        reach = _reach(service, outputs, queues, place)
        by_queues = [grant for url in queues.all() for grant in queue_grants(clients, url, service.role_arn)]
        task = _Role(
            needs_of(calls_by_service[service.name], place),
            role_grants(clients, service.role_name),
            list(forbidden_to_task(reach, place)),
        )
        execution = _Role(
            starting_needs(service, clients, place),
            role_grants(clients, service.execution_role_name),
            list(forbidden_at_start(reach, place)),
        )
        wrong += [f"{service.name}: {line}" for line in task.faults(not_shown[service.name], by_queues)]
        wrong += [f"{service.name}, execution role: {line}" for line in execution.faults({}, [])]
        needs_met += len(task.needs) + len(execution.needs)
        granted += len(task.own) + len(by_queues) + len(execution.own)
        never_allowed += len(task.never) + len(execution.never)
    if wrong:
        raise NotAsSaid("Rights:\n  " + "\n  ".join(wrong))
    return Figures(needs_met, granted, never_allowed)


@dataclass(frozen=True)
class _Role:
    """One role: what it needs, what its own policies allow, what it must never be allowed."""

    needs: set[Need]
    own: list[Grant]
    never: list[Need]

    def faults(self, not_shown: Mapping[str, str], by_queues: Iterable[Grant]) -> Iterator[str]:
        """All differences between needs and rights."""
        # The role's own policy must do alone: with SSE-SQS, or a queue's policy that somebody replaces, it is all there is.
        yield from missing(self.needs, self.own)
        yield from unused(self.needs, self.own, not_shown)
        for grant in by_queues:
            if not any(grant.allows(need) for need in self.needs):
                yield f"unused, in a queue's policy: {grant}"
        yield from allowed(self.never, [*self.own, *by_queues])


def _reach(service: Installed, outputs: Mapping[str, Any], queues: Queues, place: Place) -> Reach:
    def arn(url: str) -> str:
        return f"arn:aws:sqs:{place.region}:{place.account}:{url.rpartition('/')[2]}"

    logs = f"arn:aws:logs:{place.region}:{place.account}:log-group"
    groups = {name: f"{logs}:{outputs[f'cloudwatch_log_group_{name}']}" for name in _GROUPS}
    is_main = service.name == "main-job"
    return Reach(
        receives=arn(queues.triggers if is_main else queues.jobs),
        sends=frozenset(
            map(
                arn,
                (queues.triggers, queues.trigger_letters, queues.jobs)
                if is_main
                else (queues.jobs, queues.job_letters),
            )
        ),
        queues=frozenset(map(arn, queues.all())),
        job_log_group=None if is_main else groups["background_job"],
        log_groups=frozenset(groups.values()),
        key=outputs["kms_key_arn"],
        secrets=frozenset(service.secrets.values()),
    )
