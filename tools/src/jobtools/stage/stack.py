"""How does Terraform make one environment in the local AWS, and change it later? Layer: tools, main thread.

The stack is applied as a user applies it, from a copy: the values of one environment, and above them those that only an account or this machine
knows. Nothing in it is bent for the local AWS but the provider's address.
"""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Any

from jobtools.infra.tree import REPOSITORY, STACK, Installation, copy_tree
from jobtools.infra.values import write_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobtools.infra.terraform import Terraform

PARALLEL = 30
"""How many resources at once: a queue takes the provider 25 s of waiting, whatever the server's pace."""
_ARCHITECTURES = {"aarch64": "ARM64", "arm64": "ARM64"}


def architecture(machine: str) -> str:
    """The stack's word for a machine, as `platform.machine()` names it."""
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
        """Applies with these values beside those of earlier calls; gives the outputs by name.

        Raises:
            TerraformFailed: it did; the text is its error.
            Stopped: somebody asked us to end.
        """
        folder = self._installation.folder
        self._values |= values
        inputs = [f"-var-file={file}" for file in self._installation.var_files]
        inputs.append(write_values(folder / "local.tfvars.json", self._values))
        self._terraform.run(folder, "apply", "-no-color", "-auto-approve", f"-parallelism={PARALLEL}", *inputs)
        said = json.loads(self._terraform.run(folder, "output", "-no-color", "-json"))
        return {name: output["value"] for name, output in said.items()}
