"""The entry of the proof, called between apply and destroy: run the application on an installation and compare its calls with its rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.infra_check.inventory import NotAsSaid
from devkit.rights.application import Application
from devkit.rights.compare import compare_rights
from devkit.rights.coupling import environment_faults
from devkit.rights.installed import read_queues, read_services
from devkit.rights.rights import IN_PROCESSES

if TYPE_CHECKING:
    from devkit.rights.application import Ran
    from devkit.rights.compare import Figures
    from devkit.rights.documented import Documented
    from jobctl.environment.target import Clients
    from jobctl.stop import StopSignals
    from localaws.processes import Processes


NAMES, SCALE = "names", "scale-by-hand"
"""The documentation's commands that change the number of tasks without Terraform."""
SCALED_TO = 5


@dataclass(frozen=True)
class Proof:
    """What was shown, in figures."""

    ran: Ran
    rights: Figures

    def __str__(self) -> str:
        calls = sum(map(len, self.ran.calls.values()))
        done = f"{self.ran.completed} jobs completed, {self.ran.dead_letters} dead letters, {self.ran.streams} job log streams"
        return f"{done}, {calls} calls: {self.rights}"


def prove(
    endpoint: str,
    outputs: Mapping[str, Any],
    clients: Clients,
    documented: Documented,
    processes: Processes,
    stop: StopSignals,
) -> Proof:
    """Runs the application on one applied stack, `outputs` being what `terraform output -json` says of it, by name.

    `endpoint` is the local AWS, `clients` make boto3 clients of it, `documented` runs the documentation's commands in the installation.
    Leaves messages in the dead-letter queues and log streams: destroy takes them.

    Raises:
        NotAsSaid: something does not get through; a right is missing, unused or too wide; an environment is not what its service reads. All
            of them, a line each.
        ProcessDied: a service or the local AWS ended.
        Stopped: somebody asked us to end.
    """
    services, queues = read_services(outputs, clients), read_queues(outputs)
    faults = [fault for service in services for fault in environment_faults(service.name, service.environment)]
    if faults:
        raise NotAsSaid("Registered environments:\n  " + "\n  ".join(faults))
    application = Application(queues, outputs["cloudwatch_log_group_background_job"], clients, documented, stop)
    ran = application.run(services, endpoint, processes)
    _scale_by_hand(outputs, clients, documented)
    return Proof(ran, compare_rights(outputs, clients, ran.calls, IN_PROCESSES))


def _scale_by_hand(outputs: Mapping[str, Any], clients: Clients, documented: Documented) -> None:
    documented.run(NAMES)
    documented.run(SCALE)
    service = outputs["ecs_background_job_service_name"]
    (found,) = clients("ecs").describe_services(cluster=outputs["ecs_cluster_name"], services=[service])["services"]
    if found["desiredCount"] != SCALED_TO:
        raise NotAsSaid(f"{service} was told to have {SCALED_TO} tasks by hand, and has {found['desiredCount']}")
