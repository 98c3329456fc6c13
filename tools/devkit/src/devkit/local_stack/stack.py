"""One environment of Terraform's stack in the local AWS: applied, and changed later.

The stack is applied as a user applies it, from a copy: with the values of one environment, and over them those that only an account or this machine
knows. Only the provider's endpoint is changed for the local AWS.
"""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Any

from devkit.infra_check.tree import Installation, copy_tree
from devkit.infra_check.values import write_values
from jobctl.checkout import REPOSITORY, STACK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devkit.infra_check.terraform import Terraform

PARALLEL = 30
"""Resources applied at once: the provider waits 25 s for a queue, however fast the server is."""
_ARCHITECTURES = {"aarch64": "ARM64", "arm64": "ARM64"}


def architecture(machine: str) -> str:
    """The stack's name for a machine that `platform.machine()` names."""
    return _ARCHITECTURES.get(machine, "X86_64")


class Stack:
    """One environment's stack in a copy of its own, with its state."""

    def __init__(self, terraform: Terraform, environment: str, target: Path) -> None:
        """Copies `infra/terraform` to `target`; nothing is applied yet."""
        tree = copy_tree(REPOSITORY, target)
        files = sorted((tree.folder / "environments" / environment).glob("*.tfvars"))
        self.folder = target
        """The copy of the repository's part that Terraform reads."""
        self._installation = Installation(environment, tree.folder / STACK, tuple(files))
        self._terraform = terraform
        self._values: dict[str, Any] = {"cpu_architecture": architecture(platform.machine())}

    def prepare(self) -> None:
        """Fetches the provider. Needs no AWS."""
        self._terraform.run(self._installation.folder, "init", "-no-color")

    def apply(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Applies with these values added to those of earlier calls; gives the outputs by name.

        Raises:
            TerraformFailed: the text is Terraform's error.
            Stopped: a signal asked the process to end.
        """
        folder = self._installation.folder
        self._values |= values
        inputs = [f"-var-file={file}" for file in self._installation.var_files]
        inputs.append(write_values(folder / "local.tfvars.json", self._values))
        self._terraform.run(folder, "apply", "-no-color", "-auto-approve", f"-parallelism={PARALLEL}", *inputs)
        said = json.loads(self._terraform.run(folder, "output", "-no-color", "-json"))
        return {name: output["value"] for name, output in said.items()}
