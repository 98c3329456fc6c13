"""Run of the checks: format, validate, test; then every root applied, planned again, changed and destroyed."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from devkit.errors import MismatchError
from devkit.infra_check import values
from devkit.infra_check.installation import Installation, copy_terraform, environments
from devkit.infra_check.leftovers import find_resources
from devkit.infra_check.new_service import check_new_service
from devkit.infra_check.order import check_order
from devkit.infra_check.terraform import Terraform
from devkit.rights.application import prove
from devkit.rights.apply import SUBJECTS, compare_apply
from devkit.rights.boundary import PROJECT, check_boundary
from devkit.rights.clients import prove_clients
from devkit.rights.documented import Documented
from devkit.rights.forbidden import forbidden_to_apply
from devkit.rights.installed import TASK_ID
from devkit.rights.statements import role_documents
from jobctl.checkout import REPOSITORY, STACK, TERRAFORM
from jobdeploy.progress import Progress
from localaws.aws import clients_of, start_aws
from localaws.ecs_agent import EcsAgent
from localaws.processes import Processes

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.infra_check.plan import Change
    from jobctl.environment.target import Clients
    from jobctl.stop import StopSignals

STEPS = ("format", "validate", "test", "apply")
PRIVATE = "prod"
"""The environment that runs in a VPC of its own, with secrets, records and events; the others in the default one, with these from the change on."""
CHANGE = {"log_retention_days": 60, "main_job_image": values.image("main-job", "2")}
TURNED_ON: dict[str, Any] = {
    "job_records": True,
    "job_events": True,
    "main_job": {
        "desired_count": 1,
        "min_tasks": 0,
        "max_tasks": 3,
        "scaling": {
            "schedules": {
                "day": {"schedule": "cron(0 6 * * ? *)", "min_tasks": 0, "max_tasks": 3},
                "night": {"schedule": "cron(0 20 * * ? *)", "min_tasks": 0, "max_tasks": 1},
            }
        },
    },
}
"""Job records, events, and the first schedules of a service."""
ONCALL = {"oncall": {"protocol": "email", "endpoint": "oncall@example.com"}}
APPLY = "apply"
_VERSIONED = "aws_ecs_task_definition"
"""What a change replaces by design: each revision is a resource of its own."""
_MADE = (
    "aws_appautoscaling_scheduled_action",
    "aws_cloudwatch_event_bus",
    "aws_cloudwatch_metric_alarm",
    "aws_dynamodb_table",
)
"""What is turned on makes these, beside what it updates."""
_PASSED = re.compile(r"(\d+) passed, (\d+) failed")


def run(steps: Collection[str], stop: StopSignals, aws_cli: Path | None) -> None:
    """Checks what the steps name, against a local AWS of its own. `aws_cli` is needed for "apply".

    Raises:
        TerraformError: a command failed.
        MismatchError: AWS does not hold what Terraform says.
        ProcessDied: the local AWS.
        Stopped: somebody asked us to end.
    """
    progress = Progress()
    with Processes("infra-") as processes:
        starting = start_aws(processes)
        with progress.step("local AWS"):
            endpoint = starting.endpoint()
        terraform = Terraform(processes, stop, endpoint)
        if "format" in steps:
            with progress.step("format"):
                terraform.run(REPOSITORY / TERRAFORM, "fmt", "-check", "-recursive", "-diff")
        if {"validate", "test"} & set(steps):
            _check_folders(terraform, progress, copy_terraform(REPOSITORY, processes.folder / "checks"), steps)
        # The page is proven where the project is as it comes: with a service more, its example may be there already.
        if "test" in steps and not values.further_services(REPOSITORY / TERRAFORM / STACK):
            with progress.step("a new service"):
                check_new_service(terraform, REPOSITORY, processes.folder / "new-service")
        if "apply" in steps:
            assert aws_cli is not None
            names = [None, *environments(REPOSITORY / TERRAFORM)]
            clients = clients_of(endpoint)
            with EcsAgent(endpoint) as agent:
                # what an environment's Terraform calls is recorded, as the apply role would call it
                recorded = Terraform(processes, stop, agent.task(TASK_ID, APPLY).aws_endpoint)
                installed = [
                    Installation(recorded if name else terraform, processes.folder / (name or "bootstrap"), name)
                    for name in names
                ]
                before = _prepare(installed, progress, clients)
                bootstrap = installed[0].outputs
                documents = role_documents(clients, bootstrap["github_role_arns"][APPLY])
                with progress.step("the boundary of all roles") as notes:
                    notes.append(check_boundary(clients, bootstrap))
                for one in installed[1:]:
                    with progress.step(f"{one.name}: application and rights") as notes:
                        documented = Documented(one.name, one.folder, aws_cli, endpoint, processes, stop)
                        notes.append(prove(endpoint, one.outputs, clients, documented, processes, stop))
                    with progress.step(f"{one.name}: rights of code that sends jobs") as notes:
                        notes.append(prove_clients(endpoint, one.outputs, clients))
                _change_and_destroy(installed, progress, clients, before)
                with progress.step("rights of GitHub's apply role") as notes:
                    never = forbidden_to_apply(PROJECT, bootstrap["permissions_boundary_arn"])
                    notes.append(compare_apply(agent.calls(APPLY), documents, never))
    progress.end()


def _check_folders(terraform: Terraform, progress: Progress, copy: Path, steps: Collection[str]) -> None:
    folders = sorted({file.parent for file in copy.rglob("*.tf")})
    # a test validates its folder before its first run
    tested = [folder for folder in folders if "test" in steps and any(folder.glob("tests/*.tftest.hcl"))]
    with progress.step(f"init {len(folders)} folders"):
        for folder in folders:  # one after another: Terraform's cache of providers is not to be shared by runs of it
            terraform.run(folder, "init", "-backend=false")
    if others := [folder for folder in folders if folder not in tested]:
        with progress.step(f"validate {len(others)} folders"):
            terraform.run_each(others, "validate")
    with progress.step("order of creation"):
        terraform.run(copy / STACK, "init")  # with its backend, which a graph asks for
        check_order(terraform.run(copy / STACK, "graph"))
    if tested:
        with progress.step(f"test {len(tested)} folders") as notes:
            outputs = terraform.run_each(tested, "test", "-no-color")
            notes.append(f"{sum(int(found[1]) for found in _PASSED.finditer(' '.join(outputs)))} passed")


def _prepare(installed: Sequence[Installation], progress: Progress, clients: Clients) -> set[str]:
    """Applies everything; gives the resources that were there before."""
    with progress.step("init"):
        for one in installed:
            one.init()
        installed[0].values = {"github_subjects": SUBJECTS, "service_rights": values.SERVICE_RIGHTS}
        for one in installed[1:]:
            one.values = {**values.images(one.folder), "alarm_subscriptions": ONCALL}
            if one.name == PRIVATE:
                one.values |= {
                    **values.private_network(clients),
                    **values.secrets(clients),
                    "grafana_principal_arns": values.GRAFANA,
                    "job_records": True,
                    "job_events": True,
                }
    before = find_resources(clients)
    for one in installed:
        with progress.step(f"{one.name}: plan") as notes:
            notes.append(f"{len(one.plan())} resources")
    _apply(installed, progress)
    return before


def _change_and_destroy(
    installed: Sequence[Installation], progress: Progress, clients: Clients, before: set[str]
) -> None:
    for one in installed[1:]:
        one.values |= CHANGE if one.name == PRIVATE else CHANGE | TURNED_ON
        with progress.step(f"{one.name}: change {', '.join(CHANGE)}") as notes:
            planned = one.plan()
            if one.move_exchanged():
                planned = one.plan()
            check_in_place(planned)
            notes.append(f"{len(planned)} resources")
    _apply(installed[1:], progress)
    for one in installed[1:]:
        if one.name != PRIVATE:
            with progress.step(f"{one.name}: plan after a schedule has fired"):
                _fire(clients, one)
                if planned := one.plan():
                    raise MismatchError("A schedule's limits are drift:\n  " + "\n  ".join(map(str, planned)))
    with progress.step("destroy"):
        for run in [one.start_destroy() for one in installed]:
            run.wait()
    if left := find_resources(clients) - before:
        raise MismatchError("Left after destroy:\n  " + "\n  ".join(sorted(left)))


def _fire(clients: Clients, one: Installation) -> None:
    """Do what Application Auto Scaling does at the time of a schedule."""
    scaling, service = clients("application-autoscaling"), one.outputs["ecs_main_job_service_name"]
    night = TURNED_ON["main_job"]["scaling"]["schedules"]["night"]
    scaling.register_scalable_target(
        ServiceNamespace="ecs",
        ScalableDimension="ecs:service:DesiredCount",
        ResourceId=f"service/{one.outputs['ecs_cluster_name']}/{service}",
        MinCapacity=night["min_tasks"],
        MaxCapacity=night["max_tasks"],
    )


def _apply(installed: Sequence[Installation], progress: Progress) -> None:
    """Applies the saved plans all at once: most of it is the provider's waiting, and they must not be in each other's way in one account."""
    with progress.step(f"apply {', '.join(one.name for one in installed)}"):
        for run in [one.start_apply() for one in installed]:
            run.wait()
    for one in installed:
        with progress.step(f"{one.name}: plan again"):
            one.read_outputs()
            if planned := one.plan():
                raise MismatchError("The second plan is not empty:\n  " + "\n  ".join(map(str, planned)))


def check_in_place(planned: Sequence[Change]) -> None:
    """Raises MismatchError unless every change is an update, new revisions of task definitions and what was turned on apart."""
    if not planned:
        raise MismatchError("A changed value changes nothing.")
    others = [
        str(one)
        for one in planned
        if one.actions != ("update",)
        and one.kind != _VERSIONED
        and not (one.kind in _MADE and one.actions == ("create",))
    ]
    if others:
        raise MismatchError("A changed value should update in place:\n  " + "\n  ".join(others))
