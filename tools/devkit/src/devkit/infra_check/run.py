"""Run of all checks, in order."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from devkit.infra_check.checks import check_format, check_validity, prepare, run_tests
from devkit.infra_check.inventory import check_nothing_left, take_inventory
from devkit.infra_check.life import Life
from devkit.infra_check.new_service import check_new_service
from devkit.infra_check.terraform import Terraform
from devkit.infra_check.tree import Installation, copy_tree, installations
from devkit.rights.documented import Documented
from devkit.rights.prove import prove
from jobctl.checkout import REPOSITORY, TERRAFORM
from jobdeploy.progress import Progress
from localaws.aws import clients_of, start_aws
from localaws.processes import Processes

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.infra_check.terraform import Run
    from jobctl.environment.target import Clients
    from jobctl.stop import StopSignals

STEPS = ("format", "validate", "test", "apply")


def run(steps: Collection[str], stop: StopSignals, aws_cli: Path | None) -> None:
    """Checks what the steps name, against a local AWS of its own. `aws_cli` is needed for "apply".

    Raises:
        TerraformFailed: a command did.
        NotAsSaid: AWS does not hold what Terraform says.
        ProcessDied: the local AWS.
        Stopped: somebody asked us to end.
    """
    progress = Progress()
    with Processes("infra-") as processes:
        starting = start_aws(processes)
        tree = copy_tree(REPOSITORY, processes.folder / "checks")
        with progress.step("local AWS"):
            endpoint = starting.endpoint()
        terraform = Terraform(processes, stop, endpoint)
        if "format" in steps:
            check_format(terraform, progress, REPOSITORY / TERRAFORM)
        if {"validate", "test"} & set(steps):
            prepare(terraform, progress, tree)
        if "validate" in steps:
            check_validity(terraform, progress, tree)
        if "test" in steps:
            run_tests(terraform, progress, tree)
            check_new_service(terraform, progress, REPOSITORY, processes.folder / "new-service")
        if "apply" in steps:
            clients = clients_of(endpoint)

            assert aws_cli is not None

            def prove_one(life: Life) -> str:
                documented = Documented(life.name, life.folder, aws_cli, endpoint, processes, stop)
                return str(prove(endpoint, life.outputs, clients, documented, processes, stop))

            _live(terraform, progress, installations(REPOSITORY, processes.folder), clients, prove_one)
    progress.end()


def _live(
    terraform: Terraform,
    progress: Progress,
    found: list[Installation],
    clients: Clients,
    prove_one: Callable[[Life], str],
) -> None:
    lives = [Life(terraform, progress, clients, installation) for installation in found]
    for life in lives:
        life.prepare()
    before = take_inventory(clients)
    for life in lives:
        life.plan()
    _apply(lives, progress)
    for life in lives:
        if "ecs_cluster_name" in life.outputs:
            with progress.step(f"{life.name}: application and rights") as notes:
                notes.append(prove_one(life))
    changing = [life for life in lives if life.changes]
    for life in changing:
        life.plan_change()
    _apply(changing, progress)
    with progress.step(f"destroy {_names(lives)}"):
        _wait([life.start_destroy() for life in lives])
    with progress.step("nothing left"):
        check_nothing_left(before, take_inventory(clients))


def _apply(lives: list[Life], progress: Progress) -> None:
    if not lives:
        return
    # All at once: most of it is the provider's waiting. And they must not be in each other's way, in one account.
    with progress.step(f"apply {_names(lives)}"):
        _wait([life.start_apply() for life in lives])
    for life in lives:
        life.read_back()
        life.plan_again()


def _names(lives: list[Life]) -> str:
    return ", ".join(life.name for life in lives)


def _wait(runs: list[Run]) -> None:
    for run in runs:
        run.wait()
