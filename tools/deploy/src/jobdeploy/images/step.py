"""The step that makes a deployment's images, with the options of one run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobctl.environment.images import COLLECTOR, ImageSet
from jobctl.errors import UsageError
from jobdeploy.images.gate import gate
from jobdeploy.images.pushing import push_images
from jobdeploy.images.sources import BASE, check_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from jobctl.environment.target import Images, Target
    from jobctl.stop import StopSignals
    from jobdeploy.images.pushing import Pushed
    from jobdeploy.progress import Progress

PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}
"""ECS's names, and Docker's."""
_SET = re.compile(r'^\s*cpu_architecture\s*=\s*"(\w+)"', re.MULTILINE)
_DEFAULT = re.compile(r'^variable "cpu_architecture" \{.*?^\s*default\s*=\s*"(\w+)"', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class ImageStep:
    """A `steps.Images`. `names`: None for all, with the collector. `without_scan`: the scan's result is not awaited."""

    names: Collection[str] | None = None
    without_scan: bool = False

    def push(self, target: Target, stop: StopSignals, progress: Progress) -> Images:
        """Images in the registry; returns the stack's variables that name them."""
        check_names(target.repository, self.names or (), COLLECTOR)
        pushed = push_images(target, stop, progress, self.names, platforms(target))
        return stack_variables(target, pushed)

    def gate(self, target: Target, images: Images, stop: StopSignals, progress: Progress) -> None:
        """Return when every image passes."""
        gate(target, images, stop, progress, without_scan=self.without_scan)


def stack_variables(target: Target, pushed: Iterable[Pushed]) -> Images:
    """The base is deployed only as a part of the services."""
    references = {one.name: f"{target.ecr}/{target.project}/{one.name}@{one.digest}" for one in pushed}
    return ImageSet({name: reference for name, reference in references.items() if name != BASE}).variables()


def platforms(target: Target) -> tuple[str, ...]:
    """Docker's name of the platform to build for; none: the engine's own, for tasks that run on this machine.

    Raises:
        UsageError: the environment's values or the stack's default name none of Fargate's two.
    """
    if target.local:
        return ()
    values = target.terraform / "environments" / target.environment / "terraform.tfvars"
    declared = "\n".join(file.read_text() for file in sorted(target.stack.glob("variables*.tf")))
    found = _SET.search(values.read_text() if values.is_file() else "") or _DEFAULT.search(declared)
    wanted = found[1] if found else ""
    if wanted not in PLATFORMS:
        raise UsageError(
            f"cpu_architecture is {wanted!r}; Fargate has {' and '.join(PLATFORMS)}.",
            f"Set cpu_architecture in {values}.",
        )
    return (PLATFORMS[wanted],)
