"""Does the application run on this installation, with exactly its rights? The one entry, between apply and destroy. Layer: tools, main thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobtools.infra.inventory import NotAsSaid
from jobtools.infra_proof.application import Application
from jobtools.infra_proof.coupling import environment_faults
from jobtools.infra_proof.forbidden import Reach, forbidden
from jobtools.infra_proof.installed import read_place, read_queues, read_services
from jobtools.infra_proof.needs import needs_of
from jobtools.infra_proof.rights import allowed, missing, unused
from jobtools.infra_proof.statements import queue_grants, role_grants

if TYPE_CHECKING:
    from jobtools.infra.readers import Clients
    from jobtools.infra_proof.application import Ran
    from jobtools.infra_proof.installed import Installed, Queues
    from jobtools.infra_proof.needs import Need, Place
    from jobtools.infra_proof.statements import Grant
    from jobtools.local.processes import Processes
    from jobtools.local.stop import StopSignals

_GROUPS = ("main_job", "background_job", "ecs", "metrics")


@dataclass(frozen=True)
class Proof:
    """What was shown, in figures. `needs` and `grants` count actions on ARNs, of both services."""

    ran: Ran
    needs: int
    grants: int
    forbidden: int

    def __str__(self) -> str:
        calls = sum(map(len, self.ran.calls.values()))
        return (
            f"{self.ran.completed} jobs completed, {self.ran.dead_letters} dead letters, {self.ran.streams} job log streams, {calls} calls: "
            f"{self.needs} needs met by {self.grants} grants, {self.forbidden} forbidden calls outside"
        )


def prove(
    endpoint: str, outputs: Mapping[str, Any], clients: Clients, processes: Processes, stop: StopSignals
) -> Proof:
    """Runs the application on one applied stack, `outputs` being what `terraform output -json` says of it, by name.

    `endpoint` is the local AWS, `clients` make boto3 clients of it. Leaves messages in the dead-letter queues and log streams: destroy takes them.

    Raises:
        NotAsSaid: something does not get through; a right is missing, unused or too wide; an environment is not what its service reads. All
            of them, a line each.
        ProcessDied: a service or the local AWS ended.
        Stopped: somebody asked us to end.
    """
    services, queues, place = read_services(outputs, clients), read_queues(outputs), read_place(outputs, clients)
    faults = [fault for service in services for fault in environment_faults(service.name, service.environment)]
    if faults:
        raise NotAsSaid("Registered environments:\n  " + "\n  ".join(faults))
    ran = Application(queues, outputs["cloudwatch_log_group_background_job"], clients, stop).run(
        services, endpoint, processes
    )
    checked = [_Checked.of(one, ran, outputs, queues, place, clients) for one in services]
    wrong = [line for one in checked for line in one.faults]
    if wrong:
        raise NotAsSaid("Rights:\n  " + "\n  ".join(wrong))
    return Proof(
        ran=ran,
        needs=sum(one.needs for one in checked),
        grants=sum(one.grants for one in checked),
        forbidden=sum(one.forbidden for one in checked),
    )


@dataclass(frozen=True)
class _Checked:
    """One service's role, compared."""

    faults: list[str]
    needs: int
    grants: int
    forbidden: int

    @classmethod
    def of(
        cls,
        service: Installed,
        ran: Ran,
        outputs: Mapping[str, Any],
        queues: Queues,
        place: Place,
        clients: Clients,
    ) -> _Checked:
        """Reads what the role may do, and compares."""
        needs = needs_of(ran.calls[service.name], place)
        own = role_grants(clients, service.role_name)
        by_queues = [grant for url in queues.all() for grant in queue_grants(clients, url, service.role_arn)]
        never = list(forbidden(_reach(service, outputs, queues, place), place))
        return cls(
            faults=[f"{service.name}: {line}" for line in _compare(service.name, needs, own, by_queues, never)],
            needs=len(needs),
            grants=len(own) + len(by_queues),
            forbidden=len(never),
        )


def _compare(
    service: str, needs: set[Need], own: list[Grant], by_queues: list[Grant], never: list[Need]
) -> Iterator[str]:
    # The role's own policy must do alone: with SSE-SQS, or a queue's policy that somebody replaces, it is all there is.
    yield from missing(needs, own)
    yield from unused(service, needs, own)
    for grant in by_queues:
        if not any(grant.allows(need) for need in needs):
            yield f"unused, in a queue's policy: {grant}"
    yield from allowed(never, [*own, *by_queues])


def _reach(service: Installed, outputs: Mapping[str, Any], queues: Queues, place: Place) -> Reach:
    def arn(url: str) -> str:
        return f"arn:aws:sqs:{place.region}:{place.account}:{url.rpartition('/')[2]}"

    logs = f"arn:aws:logs:{place.region}:{place.account}:log-group"
    groups = {name: f"{logs}:{outputs[f'cloudwatch_log_group_{name}']}" for name in _GROUPS}
    is_main = service.name == "main-job"
    return Reach(
        receives=arn(queues.triggers if is_main else queues.jobs),
        sends=frozenset(map(arn, (queues.trigger_letters, queues.jobs) if is_main else (queues.job_letters,))),
        queues=frozenset(map(arn, queues.all())),
        job_log_group=None if is_main else groups["background_job"],
        log_groups=frozenset(groups.values()),
    )
