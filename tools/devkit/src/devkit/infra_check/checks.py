"""Format, validity and tests of each folder with Terraform files; no AWS, local or other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devkit.infra_check.terraform import Terraform
    from devkit.infra_check.tree import Tree
    from jobdeploy.progress import Progress

_TESTS = re.compile(r"(\d+) passed, (\d+) failed")


def check_format(terraform: Terraform, progress: Progress, original: Path) -> None:
    """`terraform fmt -check` on the repository itself, which it only reads."""
    with progress.step("format"):
        terraform.run(original, "fmt", "-check", "-recursive", "-diff")


def prepare(terraform: Terraform, progress: Progress, tree: Tree) -> None:
    """`terraform init` of each folder: the provider comes from a mirror, the cache or the registry."""
    folders = tree.folders()
    with progress.step("init") as notes:
        for folder in folders:
            terraform.run(folder, "init", "-backend=false")
        notes.append(f"{len(folders)} folders")


def check_validity(terraform: Terraform, progress: Progress, tree: Tree) -> None:
    """`terraform validate` of each root and module."""
    folders = tree.folders()
    with progress.step("validate") as notes:
        for folder in folders:
            terraform.run(folder, "validate")
        notes.append(f"{len(folders)} folders")


def run_tests(terraform: Terraform, progress: Progress, tree: Tree) -> None:
    """`terraform test` of each folder that has tests."""
    for folder in tree.tested():
        with progress.step(f"test {folder.relative_to(tree.folder)}") as notes:
            output = terraform.run(folder, "test", "-no-color")
            notes += [f"{found[1]} passed" for found in _TESTS.finditer(output)]
