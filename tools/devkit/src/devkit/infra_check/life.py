"""One installation, taken from plan and apply through a change to destroy, and checked after each step.

Plan, apply -> everything that Terraform says exists is found with boto3 -> a second plan is empty -> values changed: nothing that holds messages,
logs or tasks is replaced, and the plan after it is empty -> destroy. What takes long (apply, destroy) is only started here: several at once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from devkit.infra_check.facts import check_facts
from devkit.infra_check.inventory import NotAsSaid, check_all_exist, take_inventory
from devkit.infra_check.values import changed_values, values_of_the_account, write_values
from jobdeploy.plan import Change, changes, managed

if TYPE_CHECKING:
    from devkit.infra_check.terraform import Run, Terraform
    from devkit.infra_check.tree import Installation
    from devkit.infra_check.values import Values
    from jobctl.environment.target import Clients
    from jobdeploy.progress import Progress

PARALLEL = 30
"""How many resources at once: a queue takes the provider 25 s of waiting, whatever the server's pace."""
EMPTY, NOT_EMPTY = 0, 2
"""Exit codes of `terraform plan -detailed-exitcode`."""
_VERSIONED = "aws_ecs_task_definition"
"""What a change replaces by design: each revision is a resource of its own."""
_PLAN = "saved.tfplan"


class Life:
    """One installation, from its first plan to destroy. Its state is in its copy of the tree."""

    def __init__(self, terraform: Terraform, progress: Progress, clients: Clients, installation: Installation) -> None:
        self._terraform = terraform
        self._progress = progress
        self._clients = clients
        self._installation = installation
        self._values: Values = {}
        self.name = installation.name
        self.folder = installation.folder
        self.outputs: dict[str, Any] = {}
        """The root's outputs by name, once it was read back."""
        self.changes = bool(changed_values(installation))
        """Whether the root declares a value that can be changed."""

    def prepare(self) -> None:
        """Install the provider, and take the inventory from before."""
        with self._progress.step(f"{self.name}: init"):
            self._terraform.run(self._installation.folder, "init", "-no-color")
            self._values = values_of_the_account(self._installation, self._clients)

    def plan(self) -> None:
        """Plan what is to be made."""
        with self._progress.step(f"{self.name}: plan") as notes:
            notes.append(f"{len(self._make_plan())} resources")

    def plan_change(self) -> None:
        """Plan a change of values.

        Raises:
            NotAsSaid: nothing, or something would be replaced, made or deleted.
        """
        changed = changed_values(self._installation)
        self._values |= changed
        with self._progress.step(f"{self.name}: change {', '.join(changed)}") as notes:
            planned = self._make_plan()
            check_in_place(planned)
            notes.append(f"{len(planned)} resources")

    def start_apply(self) -> Run:
        """Start applying the last plan."""
        return self._start("apply", _PLAN)

    def read_back(self) -> None:
        """Find all resources with boto3, and check the stack's facts.

        Raises:
            NotAsSaid: something is not there, or not so.
        """
        with self._progress.step(f"{self.name}: read back") as notes:
            folder = self._installation.folder
            state = self._terraform.run(folder, "show", "-no-color", "-json")
            found = check_all_exist(managed(state), take_inventory(self._clients))
            said = json.loads(self._terraform.run(folder, "output", "-no-color", "-json"))
            self.outputs = {name: output["value"] for name, output in said.items()}
            facts = check_facts(self.outputs, self._clients, self._values.get("log_retention_days"))
            notes.append(f"{found} resources, {facts} facts")

    def plan_again(self) -> None:
        """Plan again what exists already.

        Raises:
            NotAsSaid: it is not empty.
        """
        with self._progress.step(f"{self.name}: plan again"):
            planned = self._make_plan()
            if planned:
                raise NotAsSaid("The second plan is not empty:\n  " + "\n  ".join(map(str, planned)))

    def start_destroy(self) -> Run:
        """Start removing everything."""
        return self._start("destroy", "-auto-approve", *self._inputs())

    def _make_plan(self) -> list[Change]:
        wish = ("-detailed-exitcode", f"-out={_PLAN}", *self._inputs())
        code, _ = self._start("plan", *wish).wait(accepted=(EMPTY, NOT_EMPTY))
        if code == EMPTY:
            return []
        return changes(self._terraform.run(self._installation.folder, "show", "-no-color", "-json", _PLAN))

    def _inputs(self) -> list[str]:
        of_the_environment = [f"-var-file={file}" for file in self._installation.var_files]
        return [*of_the_environment, write_values(self._installation.folder / "local.tfvars.json", self._values)]

    def _start(self, command: str, *arguments: str) -> Run:
        folder = self._installation.folder
        return self._terraform.start(folder, command, "-no-color", f"-parallelism={PARALLEL}", *arguments)


def check_in_place(planned: list[Change]) -> None:
    """Raises NotAsSaid unless every change is an update, a new revision of a task definition apart."""
    if not planned:
        raise NotAsSaid("A changed value changes nothing.")
    others = [str(one) for one in planned if one.actions != ("update",) and one.kind != _VERSIONED]
    if others:
        raise NotAsSaid("A changed value should update in place:\n  " + "\n  ".join(others))
