"""A copy of `infra/terraform`, with its roots configured for the local AWS.

A **root** is a folder with a `provider "aws"` block: it can be applied. Every other folder with `.tf` files is a module. An **environment** is a
folder of `environments` that holds only values (`*.tfvars`) for the stack.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from jobctl.checkout import STACK, TERRAFORM
from jobdeploy.declared import read_declared

READ_TOO = ("docker", "docs", "services")
"""What Terraform reads outside its own tree: the collector's configuration, which services there are; its tests, the headings of docs/alarms.md."""

_PROVIDER = re.compile(r'^provider\s+"aws"\s*{', re.MULTILINE)
_OVERRIDE = """\
terraform {
  backend "local" {}
}
provider "aws" {
  max_retries                 = 3 # a local answer does not get better
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}
"""
"""How a root differs here from the one that a user applies: nothing that makes a resource."""
_MADE = (".terraform", "*.tfstate*", ".terraform.lock.hcl", "*_override.tf", "__pycache__", ".venv", "*.egg-info")
_OWN = ("*.tfvars", "*.tfvars.json")
"""In a root these are the values of whoever works there; in an environment and beside tests they are the project's."""


@dataclass(frozen=True)
class Installation:
    """A root in a copy of its own, with the values of one environment. `name` is for people and file names."""

    name: str
    folder: Path
    var_files: tuple[Path, ...] = ()

    def has_variable(self, name: str) -> bool:
        """Whether the root declares it."""
        return any(f'variable "{name}"' in file.read_text() for file in self.folder.glob("*.tf"))

    def services(self) -> set[str]:
        """The services that the root declares; none where it is not the stack."""
        return set(read_declared(self.folder)) if self.folder.name == STACK else set()

    def sets(self, name: str) -> bool:
        """Whether the environment has a value for it."""
        line = re.compile(rf"^\s*{name}\s*=", re.MULTILINE)
        return any(line.search(file.read_text()) for file in self.var_files)


@dataclass(frozen=True)
class Tree:
    """A copy of `infra/terraform`, each root turned to the local AWS."""

    folder: Path

    def folders(self) -> list[Path]:
        """Every folder with Terraform files."""
        return sorted({file.parent for file in self.folder.rglob("*.tf") if ".terraform" not in file.parts})

    def roots(self) -> list[Path]:
        """The folders that can be applied."""
        return [folder for folder in self.folders() if _is_root(folder)]

    def tested(self) -> list[Path]:
        """The folders with tests."""
        return [folder for folder in self.folders() if any(folder.glob("**/*.tftest.hcl"))]

    def environments(self) -> list[Path]:
        """The folders with values for the stack."""
        return sorted({file.parent for file in (self.folder / "environments").glob("*/*.tfvars")})


def copy_tree(repository: Path, target: Path) -> Tree:
    """Copies what Terraform reads, without anything that it made."""
    for name in (TERRAFORM.parts[0], *READ_TOO):
        if (repository / name).is_dir():
            shutil.copytree(repository / name, target / name, ignore=_left_out)
    tree = Tree(target / TERRAFORM)
    for root in tree.roots():
        (root / "local_aws_override.tf").write_text(_OVERRIDE)
    return tree


def installations(repository: Path, target: Path) -> list[Installation]:
    """Every root, and the stack once for each environment, each in a copy of its own; in the order in which a user applies them."""
    original = Tree(repository / TERRAFORM)
    environments = [environment.name for environment in original.environments()]
    roots = [str(root.relative_to(original.folder)) for root in original.roots()]
    alone = [
        Installation(root, copy_tree(repository, target / root.replace("/", "-")).folder / root)
        for root in roots
        if not (root == STACK and environments)
    ]
    with_values = []
    for name in environments:
        tree = copy_tree(repository, target / name)
        var_files = sorted((tree.folder / "environments" / name).glob("*.tfvars"))
        with_values.append(Installation(name, tree.folder / STACK, tuple(var_files)))
    return alone + with_values


def _left_out(folder: str, names: list[str]) -> set[str]:
    is_the_projects = Path(folder).parent.name == "environments" or Path(folder).name == "tests"
    return shutil.ignore_patterns(*_MADE, *(() if is_the_projects else _OWN))(folder, names)


def _is_root(folder: Path) -> bool:
    return any(_PROVIDER.search(file.read_text()) for file in folder.glob("*.tf"))
