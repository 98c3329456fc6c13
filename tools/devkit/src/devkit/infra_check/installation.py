"""Copies of `infra/terraform` for the local AWS, and one root installed from such a copy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.infra_check.plan import Change, changes
from jobctl.checkout import REPOSITORY, STACK, TERRAFORM
from jobdeploy.exchanged import exchanged

if TYPE_CHECKING:
    from devkit.infra_check.terraform import Run, Terraform

BOOTSTRAP = "bootstrap"
PARALLEL = 30
"""Resources at once: the provider waits 25 s for a queue, however fast the server is."""
_READ_TOO = ("docker", "docs", "services")
"""What Terraform reads outside its own tree: the collector's configuration, which services there are; its tests, the headings of docs/alarms.md."""
_MADE = (".terraform", "*.tfstate*", ".terraform.lock.hcl", "*_override.tf", "__pycache__", ".venv", "*.egg-info")
_OWN = ("*.tfvars", "*.tfvars.json")
"""In a root these are the values of whoever works there; in an environment and beside tests they are the project's."""
_PROVIDER = """\
provider "aws" {
  max_retries                 = 3 # a local answer does not get better
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}
"""
_LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'
_PLAN = "saved.tfplan"
EMPTY, NOT_EMPTY = 0, 2
"""Exit codes of `terraform plan -detailed-exitcode`."""


def copy_terraform(repository: Path, target: Path, *, local_state: bool = True) -> Path:
    """Copies what Terraform reads, without anything that it made, both roots turned to the local AWS; gives the copy of `infra/terraform`."""
    for name in (TERRAFORM.parts[0], *_READ_TOO):
        if (repository / name).is_dir():
            shutil.copytree(repository / name, target / name, ignore=_left_out)
    for root in (BOOTSTRAP, STACK):
        override = target / TERRAFORM / root / "local_aws_override.tf"
        override.write_text(_PROVIDER + (_LOCAL_STATE if local_state else ""))
    return target / TERRAFORM


def environments(terraform: Path) -> list[str]:
    """The environments with values for the stack."""
    return sorted(file.parent.name for file in terraform.glob("environments/*/terraform.tfvars"))


class Installation:
    """The stack with the values of one environment, or the bootstrap, in a copy of its own, with its state."""

    def __init__(self, terraform: Terraform, target: Path, environment: str | None = None) -> None:
        """Copies to `target`; nothing is applied yet."""
        copy = copy_terraform(REPOSITORY, target)
        self.copy = target
        self.name = environment or BOOTSTRAP
        self.folder = copy / (STACK if environment else BOOTSTRAP)
        self.values: dict[str, Any] = {}
        """Values above those of the environment."""
        self.outputs: dict[str, Any] = {}
        """By name, as of the last `read_outputs`."""
        self._files = sorted((copy / "environments" / environment).glob("*.tfvars")) if environment else []
        self._terraform = terraform

    def init(self) -> None:
        """Fetches the provider. Needs no AWS."""
        self._terraform.run(self.folder, "init", "-no-color")

    def plan(self) -> list[Change]:
        """Saves a plan; gives what it would change."""
        wanted = ("-detailed-exitcode", f"-out={_PLAN}", *self._inputs())
        code, _ = self._start("plan", *wanted).wait(accepted=(EMPTY, NOT_EMPTY))
        return [] if code == EMPTY else changes(self._terraform.run(self.folder, "show", "-no-color", "-json", _PLAN))

    def move_exchanged(self) -> bool:
        """Moves scalable targets in the state as a deployment does, where the saved plan would exchange one; gives whether there were any."""
        moved = exchanged(self._terraform.run(self.folder, "show", "-no-color", _PLAN))
        for move in moved:
            self._terraform.run(self.folder, "state", "mv", *move)
        return bool(moved)

    def start_apply(self) -> Run:
        """Starts applying the saved plan."""
        return self._start("apply", _PLAN)

    def apply(self) -> None:
        """Applies the present values, and reads the outputs."""
        self._start("apply", "-auto-approve", *self._inputs()).wait()
        self.read_outputs()

    def read_outputs(self) -> None:
        """Reads the outputs from the state."""
        output = json.loads(self._terraform.run(self.folder, "output", "-no-color", "-json"))
        self.outputs = {name: one["value"] for name, one in output.items()}

    def start_destroy(self) -> Run:
        """Starts removing everything."""
        return self._start("destroy", "-auto-approve", *self._inputs())

    def _inputs(self) -> list[str]:
        return [*(f"-var-file={file}" for file in self._files), write_values(self.folder, self.values)]

    def _start(self, command: str, *arguments: str) -> Run:
        return self._terraform.start(self.folder, command, "-no-color", f"-parallelism={PARALLEL}", *arguments)


def write_values(folder: Path, values: dict[str, Any]) -> str:
    """The argument with which Terraform takes these values, above those of an environment."""
    file = folder / "local.tfvars.json"
    file.write_text(json.dumps(values))
    return f"-var-file={file}"


def _left_out(folder: str, names: list[str]) -> set[str]:
    is_the_projects = Path(folder).parent.name == "environments" or Path(folder).name == "tests"
    return shutil.ignore_patterns(*_MADE, *(() if is_the_projects else _OWN))(folder, names)
